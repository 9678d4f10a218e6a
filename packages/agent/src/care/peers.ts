import type { Peer } from '@firecamp/catalog';
import { COLLECTIONS, decodeMember, type MemberRecord } from '@firecamp/core';
import type { CaredMember } from '../member-care.ts';
import type { CareParts } from './parts.ts';

/** The other members of the service, as the database and the names tell of them now. */
export interface Seen {
  readonly peers: readonly Peer[];
  /** The ordinals of the others whose data was made. */
  readonly seeded: readonly number[];
}

/** Reads the other members of a service, and finds out where they are. */
export class Peers {
  readonly #parts: CareParts;
  /** By DNS name: what stands while a name cannot be asked. */
  readonly #lastAddresses = new Map<string, string | null>();

  constructor(parts: CareParts) {
    this.#parts = parts;
  }

  /** As `Database.list`. */
  async of({ service, member }: CaredMember, signal: AbortSignal): Promise<Seen> {
    const records: MemberRecord[] = [];
    const prefix = `${service.uid}/`;
    for await (const { value } of this.#parts.database.list(COLLECTIONS.members, {
      prefix,
      signal,
    })) {
      records.push(decodeMember(value));
    }
    const others = records
      .filter(({ ordinal }) => ordinal !== member.ordinal)
      .sort((a, b) => a.ordinal - b.ordinal);
    return {
      peers: await Promise.all(others.map((other) => this.#peer(other, signal))),
      seeded: others.filter(({ seeded }) => seeded).map(({ ordinal }) => ordinal),
    };
  }

  async #peer({ ordinal, name, dnsName, address }: MemberRecord, signal: AbortSignal) {
    const found = address?.ip ?? (dnsName === null ? null : await this.#resolve(dnsName, signal));
    const reach = this.#parts.reach ?? ((ip: string) => ip);
    return { ordinal, name, dnsName, address: found === null ? null : reach(found) } satisfies Peer;
  }

  async #resolve(name: string, signal: AbortSignal): Promise<string | null> {
    try {
      const address = await this.#parts.resolve(name, signal);
      this.#lastAddresses.set(name, address);
      return address;
    } catch {
      return this.#lastAddresses.get(name) ?? null;
    }
  }
}
