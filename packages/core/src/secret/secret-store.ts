import type { CallOptions, EffectOptions } from '../permit.ts';
import { type Token, token } from '../token.ts';
import type { Secret } from './secret.ts';

/** Names a secret: `<service uid>/<name>`, both of `[a-z0-9-]{1,63}`. */
export type SecretName = string;

/** What a record holds in place of the value: `<secret name>@<version>`. */
export interface SecretVersion {
  readonly name: SecretName;
  readonly version: string;
}

/**
 * Where secrets live. Records hold only name and version.
 *
 * Every method may also reject with `INVALID_ARGUMENT` (a name out of range, or a value that is not
 * 1 to 4096 bytes of UTF-8; the error does not tell it), `UNAVAILABLE`, `UNKNOWN_OUTCOME`,
 * `PERMISSION_DENIED` and `ABORTED`.
 */
export interface SecretStore {
  /** Never overwrites: where the name exists, its first version comes back and nothing changes. */
  create(name: SecretName, value: Secret, options: EffectOptions): Promise<SecretVersion>;

  /**
   * @param version - left out, the newest that is not retired.
   * @throws `NOT_FOUND` - no such secret or version.
   */
  read(name: SecretName, version?: string, call?: CallOptions): Promise<Secret>;

  /** Adds a version beside those that stand; a repeat adds another. @throws `NOT_FOUND` - no such secret. */
  addVersion(name: SecretName, value: Secret, options: EffectOptions): Promise<SecretVersion>;

  /** From now on `read` gives it only by version; repeat: fine. */
  retireVersion(secret: SecretVersion, options: EffectOptions): Promise<void>;

  /** Removes all versions; absent is fine. */
  remove(name: SecretName, options: EffectOptions): Promise<void>;

  /** The names that begin with this text. */
  list(prefix: string, call?: CallOptions): AsyncIterable<SecretName>;
}

export const SecretStore: Token<SecretStore> = token('SecretStore');
