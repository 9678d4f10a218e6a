import { FireCampError } from '../error.ts';

/** A DNS label. */
const LABEL = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** Leaves room for `-<ordinal>` of four digits in a label of 63. */
export const SERVICE_NAME_MAX = 58;

/** A DNS name as a whole. */
export const DNS_NAME_MAX = 253;

const RESERVED: ReadonlySet<string> = new Set([
  'localhost',
  'constructor',
  'prototype',
  'con',
  'nul',
  'aux',
  'prn',
]);

/** @returns what is wrong with it, null when it may name a service, a cluster or a node. */
export function labelFault(name: string, lengthMax: number = SERVICE_NAME_MAX): string | null {
  if (name.length === 0) return 'is empty';
  if (name.length > lengthMax) return `is ${name.length} characters long, at most ${lengthMax}`;
  if (!LABEL.test(name)) {
    return 'must be lower-case letters, digits and dashes, begin with a letter, not end with a dash';
  }
  if (name.includes('--')) return 'must not contain two dashes in a row';
  if (RESERVED.has(name)) return 'is a reserved word';
  return null;
}

/** @throws `INVALID_ARGUMENT` - naming the field and the rule. */
export function checkLabel(field: string, name: string, lengthMax?: number): string {
  const fault = labelFault(name, lengthMax);
  if (fault === null) return name;
  throw new FireCampError('INVALID_ARGUMENT', `${field} ${JSON.stringify(name)} ${fault}`, {
    operation: 'names.check',
    subject: { field },
  });
}

/** A domain of one or more labels without a dot at the end. @throws `INVALID_ARGUMENT`. */
export function checkDomain(field: string, domain: string): string {
  const labels = domain.split('.');
  const good =
    domain.length > 0 &&
    domain.length <= DNS_NAME_MAX - 64 &&
    labels.every((label) => label.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label));
  if (good) return domain;
  throw new FireCampError(
    'INVALID_ARGUMENT',
    `${field} ${JSON.stringify(domain)} is not a domain of lower-case labels, such as db.internal`,
    { operation: 'names.check', subject: { field } },
  );
}

/** `<service>-<ordinal>`. */
export function memberName(service: string, ordinal: number): string {
  return `${service}-${ordinal}`;
}
