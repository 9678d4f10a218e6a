/** What the demo is asked to do. */
export interface DemoRequest {
  /** Leaves the cluster running and says which commands to try. */
  readonly keep: boolean;
  /** Members have no address of their own: they are found by asking FireCamp's DNS server. */
  readonly byName: boolean;
  /** As an unprivileged user; only root can ask for that. */
  readonly unprivileged: boolean;
}

export const USAGE = `usage: ./demo [--by-name] [--keep] [--unprivileged] [--help]

Three nodes on this machine, a PostgreSQL of three members, and a writer that commits numbered
rows all along. Then the node of the primary is killed with everything on it.

  --by-name       members are found by name alone; without it each keeps an address for life
  --keep          leave the cluster running, and say which commands to try
  --unprivileged  as a user without rights, where root runs it
  --help          print this`;

/** @returns null where help is asked for; a text where something is wrong. */
export function parseDemoArguments(given: readonly string[]): DemoRequest | string | null {
  const known = ['--keep', '--by-name', '--unprivileged', '--help'];
  const unknown = given.find((arg) => !known.includes(arg));
  if (unknown !== undefined) return `unknown argument ${unknown}`;
  if (given.includes('--help')) return null;
  return {
    keep: given.includes('--keep'),
    byName: given.includes('--by-name'),
    unprivileged: given.includes('--unprivileged'),
  };
}
