import { FireCampError } from '../error.ts';
import type { MemberRecord } from '../model/member.ts';
import type { BoundAddress } from '../registry/addresses.ts';
import type { NameChange, Names } from '../registry/names.ts';
import { changed } from './holdings.ts';
import type { MoveParts } from './move.ts';
import { nameAddressOf } from './node-parts.ts';
import { stands } from './tenure.ts';
import { withFormat, withHolderTokens } from './transitions.ts';
import { decideVolumes, type VolumeStep } from './volume-steps.ts';

/** Seconds that resolvers may keep a member's name, unless the registry's minimum is higher. */
const NAME_TTL_SECONDS = 5;

/**
 * Brings a member's volumes, address and name to this node, side by side. Each part goes on where
 * it was cut off; what is there already is left as it is.
 */
export class Bring {
  readonly #parts: MoveParts;
  readonly #guessed: Set<string> = new Set();
  /** Acquired, but they answered with errors: a fence that struck late may keep this node out. */
  readonly #doubted: Set<string> = new Set();
  #nameDone = false;
  #refused = false;

  constructor(parts: MoveParts) {
    this.#parts = parts;
  }

  /** Whether an acquire was refused because somebody else holds the volume. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Whether all three parts are here, as far as this process knows. */
  isDone(record: MemberRecord): boolean {
    const { mounted } = this.#parts.holdings();
    const volumesHere = this.#managed(record).every(({ id }) => mounted.has(id));
    return volumesHere && this.#isBound(record) && (this.#nameDone || this.#isNamed(record));
  }

  /** @throws the first error of a part, once all parts have ended. */
  async all(record: MemberRecord): Promise<void> {
    const ended = await Promise.allSettled([
      this.#volumes(),
      this.#address(record),
      this.#name(record),
    ]);
    for (const part of ended) if (part.status === 'rejected') throw part.reason;
  }

  /** Looks in the kernel for what should be here. @returns false where some of it has gone. */
  async verify(record: MemberRecord): Promise<boolean> {
    const { node, holdings, held, signal } = this.#parts;
    const here = new Set<string>();
    for await (const { volume } of node.mounts.mounted({ signal })) here.add(volume);
    const mounted = new Map([...holdings().mounted].filter(([volume]) => here.has(volume)));
    const ips = new Set<string>();
    if (node.addresses !== null && holdings().bound !== null) {
      for await (const { ip } of node.addresses.bound({ signal })) ips.add(ip);
    }
    const { bound } = holdings();
    held({ ...holdings(), mounted, bound: bound !== null && ips.has(bound.ip) ? bound : null });
    return this.isDone(record);
  }

  async #volumes(): Promise<void> {
    const { cell, node, tenure, holdings } = this.#parts;
    for (;;) {
      const record = cell.known?.value;
      if (record === undefined || !stands(record, tenure)) return;
      if (this.#doubted.size > 0) await this.#acquire([...this.#doubted]);
      const volumes = this.#managed(record);
      const step = decideVolumes(volumes, holdings(), node.rules, this.#guessed);
      if (step.kind === 'ready') return;
      await this.#take(step);
    }
  }

  /** The volumes that this node itself brings; others are bound by the orchestrator. */
  #managed(record: MemberRecord): MemberRecord['volumes'] {
    const { volumes } = this.#parts.node;
    return volumes === null || volumes.capabilities.observesOnly ? [] : record.volumes;
  }

  async #take(step: VolumeStep): Promise<void> {
    const { cell, tenure } = this.#parts;
    switch (step.kind) {
      case 'acquire':
        return this.#acquire(step.volumes);
      case 'record-tokens':
        await cell.change((record) => withHolderTokens(record, tenure, step.tokens));
        return;
      case 'intend-format':
        await cell.change((record) =>
          withFormat(record, tenure, { volume: step.volume, format: 'formatting' }),
        );
        return;
      case 'format':
        await this.#use(step.volume, () => this.#format(step.volume, step.fsUuid));
        await cell.change((record) =>
          withFormat(record, tenure, { volume: step.volume, format: 'done' }),
        );
        return;
      case 'guess-format':
        return this.#guessFormat(step.volume, step.fsUuid);
      case 'mount':
        return this.#use(step.volume, () => this.#mount(step.volume, step.fsUuid));
      case 'ready':
        return;
    }
  }

  /** All at once; what was acquired stays so when another is refused. */
  async #acquire(volumes: readonly string[]): Promise<void> {
    const { node, permit, signal, holdings, held } = this.#parts;
    const acquire = async (id: string): Promise<void> => {
      const acquired = await node.volumes?.acquire({ id }, node.facts, { permit, signal });
      if (acquired === undefined) return;
      held({ ...holdings(), acquired: changed(holdings().acquired, id, acquired) });
      this.#doubted.delete(id);
    };
    const ended = await Promise.allSettled(volumes.map(acquire));
    for (const part of ended) {
      if (part.status === 'fulfilled') continue;
      if (FireCampError.is(part.reason, 'FAILED_PRECONDITION')) this.#refused = true;
      throw part.reason;
    }
  }

  /** What cannot be used as it is held is acquired again before the next attempt. */
  async #use(volume: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (FireCampError.is(error, 'UNAVAILABLE')) this.#doubted.add(volume);
      throw error;
    }
  }

  async #format(volume: string, fsUuid: string): Promise<void> {
    const { node, permit, signal } = this.#parts;
    const acquired = this.#parts.holdings().acquired.get(volume);
    if (acquired === undefined) return;
    await permit.ask('mounts.format');
    await node.mounts.format(acquired, fsUuid, { signal });
  }

  async #guessFormat(volume: string, fsUuid: string): Promise<void> {
    const { node, signal } = this.#parts;
    const acquired = this.#parts.holdings().acquired.get(volume);
    if (acquired === undefined) return;
    const content = await node.mounts.inspect(acquired, { signal });
    if (content.kind !== 'filesystem') await this.#format(volume, fsUuid);
    this.#guessed.add(volume);
  }

  async #mount(volume: string, fsUuid: string): Promise<void> {
    const { node, permit, signal, holdings, held } = this.#parts;
    const acquired = holdings().acquired.get(volume);
    if (acquired === undefined) return;
    await permit.ask('mounts.mount');
    const mounted = await node.mounts.mount(acquired, fsUuid, { signal });
    held({ ...holdings(), mounted: changed(holdings().mounted, volume, mounted) });
  }

  #isBound(record: MemberRecord): boolean {
    const { node, holdings } = this.#parts;
    return (
      record.address === null ||
      node.addresses === null ||
      holdings().bound?.ip === record.address.ip
    );
  }

  #isNamed(record: MemberRecord): boolean {
    const wanted = nameAddressOf(record, this.#parts.node);
    return wanted === null || record.nameAddress === wanted;
  }

  async #address(record: MemberRecord): Promise<void> {
    const { node, permit, signal, holdings, held, addressKept } = this.#parts;
    const { address } = record;
    if (address === null || node.addresses === null || this.#isBound(record)) return;
    const effect = { permit, signal };
    const bound = addressKept && (await this.#bindKept(address));
    if (!bound) {
      await node.pool?.assign(address.id, node.facts, effect);
      await node.addresses.bind(address, effect);
    }
    held({ ...holdings(), bound: address });
  }

  /** Nobody else held it since this node did: then it need not be assigned again. */
  async #bindKept(address: BoundAddress): Promise<boolean> {
    const { node, permit, signal } = this.#parts;
    try {
      await node.addresses?.bind(address, { permit, signal });
      return true;
    } catch (error) {
      if (FireCampError.is(error, 'FAILED_PRECONDITION')) return false;
      throw error;
    }
  }

  async #name(record: MemberRecord): Promise<void> {
    const { node, permit, signal } = this.#parts;
    const wanted = nameAddressOf(record, node);
    if (this.#nameDone || wanted === null || node.names === null || this.#isNamed(record)) return;
    const change = nameChange(record, wanted, node.names.capabilities.ttlSecondsMin);
    if (!node.rules.nameGenerationRises && (await saysTheSame(node.names, change))) {
      this.#nameDone = true;
      return;
    }
    const [result] = await node.names.change([change], { permit, signal });
    if (result?.outcome !== 'done') throw notDone(record, result?.outcome ?? 'unknown');
    this.#nameDone = true;
  }
}

/** Only without the rule that a name's generation rises. */
async function saysTheSame(names: Names, change: NameChange): Promise<boolean> {
  const current = await names.get(change.name);
  return JSON.stringify(current?.records) === JSON.stringify(change.records);
}

/** The one record set of a member's name. */
export function nameChange(
  record: MemberRecord,
  address: string,
  ttlSecondsMin: number,
): NameChange {
  return {
    name: record.dnsName ?? '',
    owner: record.service,
    generation: record.generation,
    records: [
      {
        type: address.includes(':') ? 'AAAA' : 'A',
        values: [address],
        ttlSeconds: Math.max(NAME_TTL_SECONDS, ttlSecondsMin),
      },
    ],
  };
}

function notDone(record: MemberRecord, outcome: 'stale' | 'unknown'): FireCampError {
  return outcome === 'unknown'
    ? new FireCampError('UNKNOWN_OUTCOME', `name ${record.dnsName}: it may have changed`, {
        operation: 'Names.change',
        subject: { member: record.name },
      })
    : new FireCampError('CONFLICT', `name ${record.dnsName}: a newer owner has set it`, {
        operation: 'Names.change',
        subject: { member: record.name },
      });
}
