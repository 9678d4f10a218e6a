import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CallOptions,
  type EffectOptions,
  FireCampError,
  Secret,
  type SecretName,
  type SecretStore,
  type SecretVersion,
} from '@firecamp/core';
import {
  FileCalls,
  FileRegister,
  type FileWire,
  makeFolder,
  orAbsent,
  type Purpose,
  removeTree,
  Scratch,
  syncFolder,
  untilDone,
} from '@firecamp/files';
import { decodeVersions, type StoredVersion } from './versions.ts';

const NAME = /^([a-z0-9-]{1,63})\/([a-z0-9-]{1,63})$/;

/** The folder of a service, and in it one folder a secret, whose files are its states. */
export class PrivateFolder implements SecretStore {
  readonly #root: string;
  readonly #scratch: Scratch;
  readonly #calls: FileCalls;

  /** @param root - absolute. No I/O happens here. */
  constructor(root: string, wire?: FileWire) {
    this.#calls = new FileCalls(wire);
    this.#root = root;
    this.#scratch = new Scratch(join(root, 'scratch'));
  }

  async create(name: SecretName, value: Secret, options: EffectOptions): Promise<SecretVersion> {
    const purpose = purposeOf('SecretStore.create', name);
    return await untilDone(purpose, async () => {
      const { seq, versions } = await this.#read(purpose, name, options);
      const [first] = versions;
      if (first !== undefined) return { name, version: first.version };
      const made = { version: '1', value: value.reveal(), retired: false };
      const won = await this.#write(purpose, { name, seq, versions: [made] }, options);
      return won ? { name, version: made.version } : null;
    });
  }

  async read(name: SecretName, version?: string, call?: CallOptions): Promise<Secret> {
    const purpose = purposeOf('SecretStore.read', name);
    const { versions } = await this.#read(purpose, name, call);
    const found = versions.findLast((each) =>
      version === undefined ? !each.retired : each.version === version,
    );
    if (found !== undefined) return new Secret(found.value);
    throw absent(purpose, name, version);
  }

  async addVersion(
    name: SecretName,
    value: Secret,
    options: EffectOptions,
  ): Promise<SecretVersion> {
    const purpose = purposeOf('SecretStore.addVersion', name);
    return await untilDone(purpose, async () => {
      const { seq, versions } = await this.#read(purpose, name, options);
      if (versions.length === 0) throw absent(purpose, name, undefined);
      const version = String(versions.length + 1);
      const added = [...versions, { version, value: value.reveal(), retired: false }];
      const won = await this.#write(purpose, { name, seq, versions: added }, options);
      return won ? { name, version } : null;
    });
  }

  async retireVersion({ name, version }: SecretVersion, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('SecretStore.retireVersion', name);
    await untilDone(purpose, async () => {
      const { seq, versions } = await this.#read(purpose, name, options);
      const found = versions.find((each) => each.version === version);
      if (found === undefined || found.retired) return true;
      const retired = versions.map((each) => (each === found ? { ...each, retired: true } : each));
      const won = await this.#write(purpose, { name, seq, versions: retired }, options);
      return won ? true : null;
    });
  }

  async remove(name: SecretName, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('SecretStore.remove', name);
    const folder = this.#folder(purpose, name);
    await this.#calls.change(purpose, options, 'secrets.remove', async () => {
      await orAbsent(removeTree(folder));
    });
  }

  async *list(prefix: string, call?: CallOptions): AsyncGenerator<SecretName> {
    const purpose = purposeOf('SecretStore.list', prefix);
    const names = await this.#calls.look(purpose, call, () => this.#names());
    for (const name of names) if (name.startsWith(prefix)) yield name;
  }

  async #names(): Promise<readonly SecretName[]> {
    const services = ((await orAbsent(readdir(this.#root))) ?? []).filter(isService);
    const names = services.map(async (service) => {
      const inside = (await orAbsent(readdir(join(this.#root, service)))) ?? [];
      return inside.map((secret) => `${service}/${secret}`).filter((name) => NAME.test(name));
    });
    return (await Promise.all(names)).flat().sort();
  }

  async #read(
    purpose: Purpose,
    name: SecretName,
    call: CallOptions | undefined,
  ): Promise<{ readonly seq: number; readonly versions: readonly StoredVersion[] }> {
    const register = this.#register(purpose, name);
    const found = await this.#calls.look(purpose, call, () => register.read());
    if (found === null) return { seq: 0, versions: [] };
    return { seq: found.seq, versions: decodeVersions(found.text) };
  }

  async #write(
    purpose: Purpose,
    state: { name: SecretName; seq: number; versions: readonly StoredVersion[] },
    options: EffectOptions,
  ): Promise<boolean> {
    const { name, seq, versions } = state;
    const register = this.#register(purpose, name);
    const folder = this.#folder(purpose, name);
    const verb = purpose.operation.split('.').at(-1) ?? 'write';
    return await this.#calls.change(purpose, options, `secrets.${verb}`, async () => {
      await this.#prepare(folder);
      return await register.write(seq, JSON.stringify({ schema: 1, versions }));
    });
  }

  /** @throws `PERMISSION_DENIED` - the root is another's, or others may look into it. */
  async #prepare(folder: string): Promise<void> {
    await makeFolder(folder);
    const { mode, uid } = await lstat(this.#root);
    const faults = [
      ...((mode & 0o077) === 0 ? [] : [`has mode ${(mode & 0o777).toString(8)}, not 700`]),
      ...(uid === process.getuid?.() ? [] : [`belongs to user ${uid}`]),
    ];
    if (faults.length > 0) {
      const text = `${this.#root}: others may look into it: it ${faults.join(' and ')}`;
      throw new FireCampError('PERMISSION_DENIED', text, { operation: 'SecretStore.write' });
    }
    await syncFolder(join(folder, '..'));
  }

  #register(purpose: Purpose, name: SecretName): FileRegister {
    return new FileRegister(this.#folder(purpose, name), this.#scratch);
  }

  #folder(purpose: Purpose, name: SecretName): string {
    const [, service, secret] = NAME.exec(name) ?? [];
    if (service !== undefined && secret !== undefined && isService(service)) {
      return join(this.#root, service, secret);
    }
    throw new FireCampError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(name)} is no name of a secret: <service uid>/<name>`,
      purpose,
    );
  }
}

/** The folder for what is being made stands beside the services. */
function isService(name: string): boolean {
  return name !== 'scratch';
}

function purposeOf(operation: string, name: string): Purpose {
  return { operation, subject: { secret: name } };
}

function absent(purpose: Purpose, name: SecretName, version: string | undefined): FireCampError {
  const which = version === undefined ? 'version that is not retired' : `version ${version}`;
  return new FireCampError('NOT_FOUND', `the secret ${name} has no ${which}`, purpose);
}
