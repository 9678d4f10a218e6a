import { DNS_NAME_MAX } from '../model/name-rules.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import type {
  ChangeResult,
  NameChange,
  NameEntry,
  NameFilter,
  NameRecord,
  Names,
  NamesCapabilities,
} from '../registry/names.ts';
import { checkSignal, invalid, isWhole, shown, unsupported, utf8Bytes } from './argument.ts';
import { isIpv4, isIpv6 } from './ip-address.ts';

const CHANGES_MAX = 1000;
const VALUES_MAX = 32;
const TEXT_BYTES_MAX = 255;
const TTL_MAX = 2 ** 31 - 1;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$/;
const SERVICE_VALUE = /^(\d{1,5}) (\d{1,5}) (\d{1,5}) (\S+)$/;

/** Checks all that a caller gives before the registry sees it. */
export function guardNames(inner: Names): Names {
  return new GuardedNames(inner);
}

class GuardedNames implements Names {
  readonly #inner: Names;

  constructor(inner: Names) {
    this.#inner = inner;
  }

  get capabilities(): NamesCapabilities {
    return this.#inner.capabilities;
  }

  async get(name: string, call?: CallOptions): Promise<NameEntry | null> {
    checkName('Names.get', name);
    checkSignal('Names.get', call?.signal);
    return this.#inner.get(name, call);
  }

  async *list(filter?: NameFilter): AsyncGenerator<NameEntry> {
    if (!this.capabilities.lists) {
      throw unsupported('Names.list', 'this registry cannot list: ask the database');
    }
    checkSignal('Names.list', filter?.signal);
    yield* this.#inner.list(filter);
  }

  async change(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    checkChanges(changes, this.capabilities);
    checkSignal('Names.change', options.signal);
    return this.#inner.change(changes, options);
  }

  async settled(settle: string, call?: CallOptions): Promise<boolean> {
    checkSignal('Names.settled', call?.signal);
    return this.#inner.settled(settle, call);
  }
}

function isDomainName(name: unknown): boolean {
  return (
    typeof name === 'string' &&
    name.length <= DNS_NAME_MAX &&
    name.split('.').every((label) => LABEL.test(label))
  );
}

function checkName(operation: string, name: string): void {
  if (isDomainName(name)) return;
  throw invalid(
    operation,
    `${shown(name)} is not a DNS name in lower case without an end dot`,
    'name',
  );
}

function checkChanges(changes: readonly NameChange[], capabilities: NamesCapabilities): void {
  const operation = 'Names.change';
  if (changes.length > CHANGES_MAX) {
    throw invalid(operation, `${changes.length} changes, at most ${CHANGES_MAX}`, 'changes');
  }
  if (new Set(changes.map(({ name }) => name)).size < changes.length) {
    throw invalid(operation, 'one name is changed twice in one call', 'changes');
  }
  for (const { name, owner, generation, records } of changes) {
    checkName(operation, name);
    if (typeof owner !== 'string' || owner.length === 0) {
      throw invalid(operation, `${name}: there is no owner`, 'owner');
    }
    if (!isWhole(generation, 0, Number.MAX_SAFE_INTEGER)) {
      throw invalid(operation, `${name}: generation ${shown(generation)}`, 'generation');
    }
    if (records !== null) checkRecords(name, records, capabilities);
  }
}

function checkRecords(
  name: string,
  records: readonly NameRecord[],
  { types, ttlSecondsMin }: NamesCapabilities,
): void {
  const operation = 'Names.change';
  if (records.length === 0) throw invalid(operation, `${name}: no records`, 'records');
  if (new Set(records.map(({ type }) => type)).size < records.length) {
    throw invalid(operation, `${name}: a type stands there twice`, 'records');
  }
  for (const { type, values, ttlSeconds } of records) {
    if (!types.includes(type)) {
      throw unsupported(operation, `${name}: this registry has no ${type} records`);
    }
    if (!isWhole(ttlSeconds, ttlSecondsMin, TTL_MAX)) {
      throw invalid(operation, `${name}: ttlSeconds ${shown(ttlSeconds)}`, 'ttlSeconds');
    }
    if (!isWhole(values.length, 1, VALUES_MAX) || new Set(values).size < values.length) {
      throw invalid(operation, `${name}: not 1 to ${VALUES_MAX} values, each once`, 'values');
    }
    for (const value of values) {
      if (isValue(type, value)) continue;
      throw invalid(operation, `${name}: ${shown(value)} is not the value of ${type}`, 'values');
    }
  }
}

function isValue(type: NameRecord['type'], value: string): boolean {
  switch (type) {
    case 'A':
      return isIpv4(value);
    case 'AAAA':
      return isIpv6(value);
    case 'TXT':
      return typeof value === 'string' && utf8Bytes(value) <= TEXT_BYTES_MAX;
    case 'SRV':
      return isServiceValue(value);
  }
}

function isServiceValue(value: string): boolean {
  const [, priority, weight, port, target] = SERVICE_VALUE.exec(value) ?? [];
  return [priority, weight, port].every((part) => Number(part) <= 65_535) && isDomainName(target);
}
