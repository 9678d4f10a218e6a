import { isIP } from 'node:net';
import type { NameEntry } from '@firecamp/core';
import type { Answer } from 'dns-packet';
import { bare, type Reply } from './dns-answer.ts';
import { type Query, RCODE } from './dns-query.ts';
import type { NameFolder } from './name-folder.ts';
import { answersOf } from './record-data.ts';

const CLASS_IN = 1;
const TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [6, 'SOA'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
]);
const ANY = 255;
/** Whole-zone transfers, and what else is no type of a record. */
const META_TYPE_MIN = 128;

/** For records of the server's own, in seconds. */
const OWN_TTL = 60;
/** How long it may be remembered that a name is not there: not at all, since it may come. */
const NEGATIVE_TTL = 0;

/** Answers for one domain out of a folder of names, from what stands there at that moment. */
export class Zone {
  readonly #folder: NameFolder;
  readonly #zone: string;
  /** The name of the server itself. */
  readonly #server: string;
  readonly #address: string;

  constructor(folder: NameFolder, zone: string, address: string) {
    this.#folder = folder;
    this.#zone = zone;
    this.#server = serverName(zone);
    this.#address = address;
  }

  /** @throws what the folder throws: it cannot be read, or holds what is no name. */
  async reply(query: Query): Promise<Reply> {
    if (query.edns !== null && query.edns.version !== 0) return bare(RCODE.badVersion);
    const ours = query.name === this.#zone || query.name.endsWith(`.${this.#zone}`);
    const meta = query.type >= META_TYPE_MIN && query.type < 256 && query.type !== ANY;
    if (!ours || query.class !== CLASS_IN || meta) return bare(RCODE.refused);
    const records = await this.#records(query);
    if (records === null) return this.#negative(RCODE.noName);
    const type = TYPES.get(query.type);
    const answers = records.filter((record) => query.type === ANY || record.type === type);
    if (answers.length === 0) return this.#negative(RCODE.done);
    const asksForServer = type === 'NS' && query.name === this.#zone;
    return {
      rcode: RCODE.done,
      authoritative: true,
      answers,
      authorities: [],
      additionals: asksForServer ? [this.#serverRecord(this.#server)] : [],
    };
  }

  /** All records under the name, null where there is neither it nor anything beneath it. */
  async #records({ name, spelled }: Query): Promise<readonly Answer[] | null> {
    if (name === this.#zone) {
      const server: Answer = { type: 'NS', name: spelled, ttl: OWN_TTL, data: this.#server };
      return [await this.#start(spelled, OWN_TTL), server];
    }
    if (name === this.#server) return [this.#serverRecord(spelled)];
    const entry = await this.#standing(name);
    if (entry !== null) return entry.records.flatMap((record) => answersOf(spelled, record));
    return (await this.#hasBeneath(name)) ? [] : null;
  }

  async #standing(name: string): Promise<NameEntry | null> {
    const found = await this.#folder.get(name);
    return found === null || found.entry.removed ? null : found.entry;
  }

  async #hasBeneath(name: string): Promise<boolean> {
    for (const other of await this.#folder.names()) {
      if (other.endsWith(`.${name}`) && (await this.#standing(other)) !== null) return true;
    }
    return false;
  }

  async #negative(rcode: Reply['rcode']): Promise<Reply> {
    const authorities = [await this.#start(this.#zone, NEGATIVE_TTL)];
    return { ...bare(rcode), authoritative: true, authorities };
  }

  /** The record that says whose the zone is, and how long its silence holds. */
  async #start(name: string, ttl: number): Promise<Answer> {
    return {
      type: 'SOA',
      name,
      ttl,
      data: {
        mname: this.#server,
        rname: `hostmaster.${this.#zone}`,
        serial: await this.#folder.serial(),
        refresh: 3600,
        retry: 600,
        expire: 86_400,
        minimum: NEGATIVE_TTL,
      },
    };
  }

  #serverRecord(name: string): Answer {
    const type = isIP(this.#address) === 6 ? 'AAAA' : 'A';
    return { type, name, ttl: OWN_TTL, data: this.#address };
  }
}

/** The name of the server of a zone, which nobody else can have. */
export function serverName(zone: string): string {
  return `ns.${zone}`;
}
