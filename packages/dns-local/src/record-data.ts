import type { NameRecord, NameRecordType } from '@firecamp/core';
import type { Answer, SrvAnswer, StringAnswer, TxtAnswer, TxtData } from 'dns-packet';

/** What a record holds, without its name and the time that it may be kept. */
type Data =
  | Pick<StringAnswer, 'type' | 'data'>
  | Pick<TxtAnswer, 'type' | 'data'>
  | Pick<SrvAnswer, 'type' | 'data'>;

/** The records of one type, each value as a record on the wire. */
export function answersOf(name: string, { type, values, ttlSeconds }: NameRecord): Answer[] {
  return values.map((value) => ({ name, ttl: ttlSeconds, ...dataOf(type, value) }));
}

function dataOf(type: NameRecordType, value: string): Data {
  switch (type) {
    case 'A':
    case 'AAAA':
      return { type, data: value };
    case 'TXT':
      return { type, data: [Buffer.from(value)] };
    case 'SRV': {
      const [priority = '', weight = '', port = '', target = ''] = value.split(' ');
      const numbers = { priority: Number(priority), weight: Number(weight), port: Number(port) };
      return { type, data: { ...numbers, target } };
    }
  }
}

/** The value of a record of that type as {@link NameRecord.values} has it; null of another type. */
export function presentedValue(answer: Answer, type: NameRecordType): string | null {
  if (answer.type !== type) return null;
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return answer.data;
    case 'TXT':
      return textOf(answer.data);
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${target}`;
    }
    default:
      return null;
  }
}

function textOf(data: TxtData): string {
  const parts = Array.isArray(data) ? data : [data];
  return Buffer.concat(parts.map((part) => Buffer.from(part))).toString('utf8');
}
