import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { checkLabel, FireCampError, labelFault } from '@firecamp/core';
import { errno, fromErrno, replaceFile, Scratch } from '@firecamp/files';

/** Who calls: a manager, which may do all, or the agent of a node, which may do little. */
export interface Principal {
  readonly kind: 'manager' | 'node';
  readonly name: string;
}

/** Where the gateway looks up the digests of tokens. */
export interface GatewayTokens {
  /** @returns the SHA-256 of the principal's token in hex, null where it has none. */
  digestOf(principal: Principal): Promise<string | null>;
}

const SECRET_BYTES = 32;
const TOKEN = /^fc1\.(manager|node)\.([a-z0-9-]{1,63})\.[A-Za-z0-9_-]{43}$/;

/** A fresh token, which is worth nothing before its digest is known. */
export function makeToken({ kind, name }: Principal): string {
  return `fc1.${kind}.${name}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

/** Whether the text has the form of a token of that principal. */
export function isTokenOf({ kind, name }: Principal, text: string): boolean {
  const [, ofKind, ofName] = TOKEN.exec(text) ?? [];
  return ofKind === kind && ofName === name;
}

/** What a gateway knows of a token: its SHA-256 in hex. */
export function digestOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** @returns who calls; null where the token is not theirs. Takes as long for either. */
export async function identify(tokens: GatewayTokens, token: string): Promise<Principal | null> {
  const [, kind, name] = TOKEN.exec(token) ?? [];
  if (kind === undefined || name === undefined || labelFault(name, 63) !== null) return null;
  const principal: Principal = { kind: kind === 'manager' ? kind : 'node', name };
  const known = await tokens.digestOf(principal);
  const given = createHash('sha256').update(token).digest();
  const stored = Buffer.from(known ?? '', 'hex');
  const expected = stored.length === given.length ? stored : Buffer.alloc(given.length);
  return timingSafeEqual(given, expected) && known !== null ? principal : null;
}

/** Digests in a private folder, one file each, so that nobody who reads it can call. */
export class TokenFolder implements GatewayTokens {
  readonly #folder: string;
  readonly #scratch: Scratch;

  /** @param folder - made on the first token, for its owner only. No I/O happens here. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#scratch = new Scratch(join(folder, 'scratch'));
  }

  /**
   * Makes a token, in place of one that the principal may have had. It is returned once and stored
   * nowhere: whoever asked for it puts it where only the principal can read it.
   */
  async issue(principal: Principal): Promise<string> {
    const token = makeToken(principal);
    await this.#act('TokenFolder.issue', () =>
      replaceFile(this.#scratch, this.#path(principal), `${digestOfToken(token)}\n`),
    );
    return token;
  }

  /** From now on the principal's token is worth nothing; none is fine. */
  async revoke(principal: Principal): Promise<void> {
    await this.#act('TokenFolder.revoke', async () => {
      await unlink(this.#path(principal)).catch((error: unknown) => {
        if (errno(error) !== 'ENOENT') throw error;
      });
    });
  }

  async digestOf(principal: Principal): Promise<string | null> {
    return this.#act('TokenFolder.digestOf', async () => {
      try {
        return (await readFile(this.#path(principal), 'utf8')).trim();
      } catch (error) {
        if (errno(error) === 'ENOENT') return null;
        throw error;
      }
    });
  }

  #path({ kind, name }: Principal): string {
    return join(this.#folder, `${kind}.${checkLabel('principal', name, 63)}`);
  }

  async #act<T>(operation: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw FireCampError.is(error) ? error : fromErrno(operation, { folder: this.#folder }, error);
    }
  }
}
