/** The volume's role, and the folder on it that PostgreSQL has to itself. */
export const DATA_ROLE = 'data';
export const DATA_FOLDER = 'data';

export const MAIN_FILE = 'postgresql.conf';
export const REPLICATION_FILE = 'replication.conf';
export const HBA_FILE = 'pg_hba.conf';
export const PASSFILE = 'pgpass';
export const PASSWORD_FILE = 'superuser-password';

/** Both are users of the database and names of the secrets that are their passwords. */
export const SUPERUSER = 'postgres';
export const REPLICATION_USER = 'replicator';

/**
 * The replication slot of a member on the primary. Slot names know no dash and member names no
 * underscore, so that no two members share one.
 */
export function slotOf(member: string): string {
  return member.replaceAll('-', '_');
}
