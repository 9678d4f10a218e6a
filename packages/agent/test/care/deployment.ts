import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Care, type CaredMember, type CareParts, createCare } from '@firecamp/agent';
import { createCatalog, type MemberUser, type Recipe, type Recipes } from '@firecamp/catalog';
import { systemClock } from '@firecamp/compose';
import {
  type AdapterDefinition,
  COLLECTIONS,
  type Database,
  decodeMember,
  decodeService,
  FireCampError,
  type Json,
  type MemberRecord,
  memberId,
  memberName,
  Secret,
  type SecretStore,
  type ServiceRecord,
} from '@firecamp/core';
import {
  MemoryRecords,
  MemoryVault,
  MemoryWire,
  memoryDatabase,
  memorySecrets,
} from '@firecamp/core/memory';
import { StartedProgram } from './program.ts';

export interface DeploymentOptions {
  readonly recipe: Recipe;
  readonly members: number;
  readonly spec?: unknown;
  readonly addressing?: 'static' | 'name';
  readonly service?: string;
  /** Left out: as {@link memberUser}. */
  readonly user?: MemberUser | null;
  /** Of another deployment, which a child of this process goes on with. */
  readonly identity?: Identity;
}

/** What two processes must agree on to work on one deployment. */
export interface Identity {
  readonly root: string;
  readonly uid: string;
  readonly secretValues: Readonly<Record<string, string>>;
  /** Where the second number of its addresses begins, and the last two. */
  readonly network: number;
  readonly process: string;
}

/** Under root a member's program runs as somebody who may do nothing else. */
export const memberUser: MemberUser | null = process.getuid?.() === 0 ? nobody() : null;

function nobody(): MemberUser {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('this machine has no user nobody');
  return { uid: Number(uid), gid: Number(gid) };
}

let networks = 0;

const open = new Set<Deployment>();

/** After all tests of a file: one that is cut off by its limit disposes of nothing. */
export async function endDeployments(): Promise<void> {
  await Promise.allSettled([...open].map((deployment) => deployment[Symbol.asyncDispose]()));
}

/** Addresses and a folder of this process alone: others on this machine test too. */
function newIdentity(secrets: readonly string[]): Identity {
  networks += 1;
  const own = process.pid % 65_536;
  const root = mkdtempSync(join(tmpdir(), 'firecamp-care-'));
  chmodSync(root, 0o711);
  return {
    root,
    uid: randomUUID(),
    secretValues: Object.fromEntries(
      secrets.map((name) => [name, `canary-${name}-${randomUUID()}`]),
    ),
    network: 100 + (networks % 15) * 10,
    process: `${own >> 8}.${own & 0xff}`,
  };
}

/**
 * A service as ownership would have made it: records, volumes as folders, and for each node a care
 * of its own. What ownership and the orchestrator do besides is done here by hand.
 */
export class Deployment implements AsyncDisposable {
  readonly root: string;
  readonly recipe: Recipe;
  readonly catalog: Recipes;
  readonly database: Database;
  readonly uid: string;
  readonly logged: string[] = [];
  /** What the DNS server says, by name, where members are reached by name. */
  readonly names = new Map<string, string | null>();
  /** By the name in the recipe. */
  readonly secretValues: Readonly<Record<string, string>>;
  readonly identity: Identity;
  readonly user: MemberUser | null;
  readonly #secrets: SecretStore;
  readonly #service: ServiceRecord;
  readonly #started: StartedProgram[] = [];
  readonly #starting = new Set<Promise<StartedProgram>>();
  readonly #ending = new AbortController();
  /** What the programs of this deployment get besides. */
  readonly environment: Readonly<Record<string, string>> = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };

  private constructor(options: DeploymentOptions) {
    const { recipe, members, spec = {}, addressing = 'static', service = 'svc' } = options;
    this.recipe = recipe;
    this.catalog = createCatalog([recipe]);
    this.user = options.user === undefined ? memberUser : options.user;
    const wire = new MemoryWire(systemClock);
    this.database = nodeHalf(memoryDatabase, { backend: new MemoryRecords(wire) });
    const parsed = this.catalog.parse(recipe.name, spec, members);
    const wanted = recipe.wanted(parsed, members);
    this.identity = options.identity ?? newIdentity(wanted.secrets.map(({ name }) => name));
    this.root = this.identity.root;
    this.uid = this.identity.uid;
    this.secretValues = this.identity.secretValues;
    const vault = new MemoryVault(wire);
    this.#secrets = nodeHalf(memorySecrets, { backend: vault });
    const versions = Object.entries(this.secretValues).map(([name, value]) => {
      const { name: full, version } = vault.create(`${this.uid}/${name}`, new Secret(value));
      return [name, `${full}@${version}`] as const;
    });
    this.#service = {
      schema: 1,
      uid: this.uid,
      name: service,
      cluster: 'test',
      recipe: recipe.name,
      spec: parsed,
      members,
      running: true,
      addressing,
      deletion: 'wipe',
      state: 'active',
      operation: null,
      secrets: Object.fromEntries(versions),
      leader: 0,
      request: randomUUID(),
      createdMs: 0,
    };
  }

  static async create(options: DeploymentOptions): Promise<Deployment> {
    const made = new Deployment(options);
    open.add(made);
    await made.#write(COLLECTIONS.services, made.uid, made.#service, null);
    for (let ordinal = 0; ordinal < options.members; ordinal += 1) {
      const record = made.#newMember(ordinal);
      await made.#write(COLLECTIONS.members, memberId(record), record, null);
    }
    return made;
  }

  /** Of the member where addresses are static, else of a node; numbers below 10. */
  address(number: number): string {
    return `127.${this.identity.network + number}.${this.identity.process}`;
  }

  #newMember(ordinal: number): MemberRecord {
    const { addressing, name } = this.#service;
    const ip = addressing === 'static' ? this.address(ordinal) : null;
    return {
      schema: 1,
      service: this.uid,
      ordinal,
      name: memberName(name, ordinal),
      dnsName: `${memberName(name, ordinal)}.test.internal`,
      zone: null,
      address: ip === null ? null : { id: `address-${ordinal}`, ip },
      generation: 1,
      phase: 'mounted',
      owner: null,
      lease: null,
      wanted: null,
      order: null,
      unfenced: [],
      proofs: [],
      volumes: [],
      seeded: false,
      nameGeneration: 0,
      sinceMs: 0,
      lastError: '',
    };
  }

  async service(): Promise<ServiceRecord> {
    const entry = await this.database.get(COLLECTIONS.services, this.uid);
    return decodeService(entry?.value);
  }

  async changeService(change: Partial<ServiceRecord>): Promise<void> {
    const entry = await this.database.get(COLLECTIONS.services, this.uid);
    const next = { ...decodeService(entry?.value), ...change };
    await this.#write(COLLECTIONS.services, this.uid, next, entry?.revision ?? null);
  }

  async member(ordinal: number): Promise<MemberRecord> {
    const entry = await this.database.get(COLLECTIONS.members, `${this.uid}/${ordinal}`);
    return decodeMember(entry?.value);
  }

  async changeMember(ordinal: number, change: Partial<MemberRecord>): Promise<void> {
    const id = `${this.uid}/${ordinal}`;
    const entry = await this.database.get(COLLECTIONS.members, id);
    const next = { ...decodeMember(entry?.value), ...change };
    await this.#write(COLLECTIONS.members, id, next, entry?.revision ?? null);
  }

  async #write(collection: string, id: string, value: unknown, revision: string | null) {
    const shared = { collection, id, value: value as Json, token: randomUUID() };
    await this.database.write([
      revision === null ? { kind: 'create', ...shared } : { kind: 'update', ...shared, revision },
    ]);
  }

  /** The member on a node; `at` is the node's address where members are reached by name. */
  async cared(ordinal: number, at?: string): Promise<CaredMember> {
    const member = await this.member(ordinal);
    const address = member.address?.ip ?? at ?? this.address(ordinal);
    if (member.address === null) this.names.set(member.dnsName ?? '', address);
    return { service: await this.service(), member, address, volumes: this.volumes(ordinal) };
  }

  /** Folder by role; made when first asked for. */
  volumes(ordinal: number): Readonly<Record<string, string>> {
    const { spec, members } = this.#service;
    const wanted = this.recipe.wanted(spec, members).members[ordinal]?.volumes ?? [];
    const folders = wanted.map(({ role }) => {
      const folder = join(this.root, 'volumes', `${ordinal}`, role);
      mkdirSync(folder, { recursive: true });
      return [role, folder] as const;
    });
    return Object.fromEntries(folders);
  }

  /** A care with a state of its own: another node, or this one after a restart with `node`. */
  care(node: string, change: Partial<CareParts> = {}): Care {
    const folder = join(this.root, 'nodes', node);
    mkdirSync(folder, { recursive: true });
    return createCare({
      catalog: this.catalog,
      database: this.database,
      secrets: this.#secrets,
      user: this.user,
      stateFolder: join(folder, 'state'),
      secretsFolder: join(folder, 'secrets'),
      environment: this.environment,
      resolve: async (name) => this.names.get(name) ?? null,
      log: (member, text) => this.logged.push(`${member}: ${text}`),
      ...change,
    });
  }

  /** Prepares the member, as often as it takes, records it as seeded, and starts its program. */
  async start(ordinal: number, node: string, at?: string): Promise<StartedProgram> {
    const starting = this.#start(ordinal, node, at);
    this.#starting.add(starting);
    return starting;
  }

  async #start(ordinal: number, node: string, at?: string): Promise<StartedProgram> {
    const { signal } = this.#ending;
    const cared = await this.cared(ordinal, at);
    const care = this.care(node);
    const prepared = await poll(`member ${ordinal} is prepared`, async () => {
      try {
        return await care.prepare(cared, signal);
      } catch (error) {
        if (FireCampError.is(error, 'UNAVAILABLE')) return null;
        throw error;
      }
    });
    await this.changeMember(ordinal, { seeded: true });
    const { program } = this.#wanted(ordinal);
    // Whoever waited for several starts, of which another failed, ends this while it goes on.
    signal.throwIfAborted();
    const started = new StartedProgram(program, { ...cared, ...prepared }, this.user);
    this.#started.push(started);
    return started;
  }

  #wanted(ordinal: number) {
    const { spec, members } = this.#service;
    const wanted = this.recipe.wanted(spec, members).members[ordinal];
    if (wanted === undefined) throw new Error(`the recipe wants no member ${ordinal}`);
    return wanted;
  }

  /** Ends all of it, whatever fails on the way; a repeat is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#starting);
    await Promise.allSettled(this.#started.map((program) => program.stop()));
    rmSync(this.root, { recursive: true, force: true });
    open.delete(this);
  }
}

function nodeHalf<Seam, Options>(
  definition: Pick<AdapterDefinition<Seam, Seam, Options, unknown>, 'name' | 'node'>,
  options: Options,
): Seam {
  if (definition.node === null) throw new Error(`${definition.name} has no half for a node`);
  return definition.node(options, {} as never);
}

const POLL_MS_MAX = 60_000;
const PAUSE_MS = 20;

/** Asks until the answer is neither null nor false. */
export async function poll<T>(
  what: string,
  ask: () => Promise<T | null | false>,
  msMax: number = POLL_MS_MAX,
): Promise<T> {
  const end = performance.now() + msMax;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`not within ${msMax} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
