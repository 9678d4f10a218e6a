import type {
  HookContext,
  MemberFacts,
  MemberFile,
  Peer,
  Recipe,
  RunOptions,
} from '@firecamp/catalog';
import { FireCampError, memberId, type Secret } from '@firecamp/core';
import type { CaredMember } from '../member-care.ts';
import { HOOK_VARIABLE } from './leftovers.ts';
import { type FilePlace, removeOthers, writeMemberFile } from './member-files.ts';
import type { CareParts } from './parts.ts';
import { agentWithGroup, type Places, placesOf } from './places.ts';
import { runProgram } from './run.ts';
import { type CaredSecrets, secretVersions } from './secrets.ts';

const RUN_MS_MAX = 600_000;

/** What one call of care works with: the recipe, the member, and its things on this node. */
export class Session {
  readonly parts: CareParts;
  readonly cared: CaredMember;
  readonly recipe: Recipe;
  readonly places: Places;
  readonly signal: AbortSignal;
  /** `<service uid>/<ordinal>`. */
  readonly id: string;
  readonly #secrets: CaredSecrets;

  constructor(parts: CareParts, secrets: CaredSecrets, cared: CaredMember, signal: AbortSignal) {
    this.parts = parts;
    this.cared = cared;
    this.recipe = parts.catalog.recipe(cared.service.recipe);
    this.places = placesOf(parts, cared.member);
    this.signal = signal;
    this.id = memberId(cared.member);
    this.#secrets = secrets;
  }

  facts(peers: readonly Peer[]): MemberFacts {
    const { service, member, address, volumes } = this.cared;
    const { files, secrets } = this.places;
    return {
      cluster: service.cluster,
      service: service.name,
      ordinal: member.ordinal,
      name: member.name,
      dnsName: member.dnsName,
      address,
      leader: service.leader,
      members: service.members,
      peers,
      spec: service.spec,
      paths: { volumes, files, secrets },
      secretVersions: secretVersions(service),
    };
  }

  async files(facts: MemberFacts): Promise<readonly MemberFile[]> {
    return this.recipe.files(facts, await this.#secrets.all(this.cared.service, this.signal));
  }

  /** @returns those that had to be written. */
  async write(files: readonly MemberFile[]): Promise<readonly MemberFile[]> {
    const written: MemberFile[] = [];
    for (const file of files) {
      if (await writeMemberFile(this.#place(file.place), file)) written.push(file);
    }
    return written;
  }

  /** Removes what no longer is among the files, in the places that hold nothing else. */
  async tidy(files: readonly MemberFile[]): Promise<void> {
    for (const place of ['files', 'secrets'] as const) {
      await removeOthers(
        this.#place(place),
        files.filter((file) => file.place === place),
      );
    }
  }

  #place(place: MemberFile['place']): FilePlace {
    const { user } = this.parts;
    if (place === 'secrets') {
      return { folder: this.places.secrets, mode: 0o400, owner: user, folderMode: 0o700 };
    }
    if (place === 'files') {
      const owner = agentWithGroup(user);
      return { folder: this.places.files, mode: 0o640, owner, folderMode: 0o750 };
    }
    const role = place.slice('volume:'.length);
    const folder = this.cared.volumes[role];
    if (folder === undefined) throw new TypeError(`the member has no volume ${role}`);
    return { folder, mode: 0o600, owner: user, folderMode: 0o700 };
  }

  /**
   * Runs one of the recipe's hooks; what it throws gets the names of member and hook.
   *
   * @param signal - left out, that of the session.
   */
  async hook<T>(
    name: string,
    facts: MemberFacts,
    act: (context: HookContext) => Promise<T>,
    signal: AbortSignal = this.signal,
  ): Promise<T> {
    try {
      return await act(this.#context(facts, signal));
    } catch (error) {
      if (this.signal.aborted) throw this.ended(error);
      throw this.#failed(name, error);
    }
  }

  #failed(hook: string, cause: unknown): FireCampError {
    const { name } = this.cared.member;
    const own = `${name}: `;
    const said = cause instanceof Error ? cause.message : String(cause);
    const text = said.startsWith(own) ? said.slice(own.length) : said;
    const code = FireCampError.is(cause) ? cause.code : 'INTERNAL';
    return new FireCampError(code, `${name}: ${hook}: ${text}`, {
      operation: `${this.recipe.name}.${hook}`,
      subject: { member: name, hook },
      cause,
    });
  }

  /** @throws `ABORTED` - the signal has fired. */
  check(): void {
    if (this.signal.aborted) throw this.ended(this.signal.reason);
  }

  ended(cause: unknown): FireCampError {
    return new FireCampError('ABORTED', `${this.cared.member.name}: care was ended`, {
      operation: 'care',
      subject: { member: this.id },
      cause,
    });
  }

  #context(facts: MemberFacts, signal: AbortSignal): HookContext {
    const revealed: Secret[] = [];
    return {
      facts,
      signal,
      user: this.parts.user,
      secret: async (name) => {
        const secret = await this.#secrets.read(this.cared.service, name, signal);
        revealed.push(secret);
        return secret;
      },
      run: async (command, options) => this.#run(command, options ?? {}, signal, revealed),
      log: (text) => this.parts.log(facts.name, redacted(text, revealed)),
    };
  }

  async #run(
    command: readonly string[],
    options: RunOptions,
    signal: AbortSignal,
    revealed: readonly Secret[],
  ): Promise<string> {
    // A program with its working directory on the volume is one that the kernel can name.
    const [folder = '/'] = Object.values(this.cared.volumes);
    return runProgram({
      command,
      folder,
      user: this.parts.user,
      environment: { ...this.parts.environment, [HOOK_VARIABLE]: this.id },
      input: options.input ?? '',
      timeoutMs: options.timeoutMs ?? RUN_MS_MAX,
      signal,
      clean: (text) => redacted(text, revealed),
    });
  }
}

function redacted(text: string, secrets: readonly Secret[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret.reveal(), `${secret}`), text);
}
