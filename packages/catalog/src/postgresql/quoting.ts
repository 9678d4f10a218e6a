/** A value of `postgresql.conf`, which knows escapes in quotes; must hold no line break. */
export function confValue(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** A connection string of these keys, in which every value is quoted. */
export function conninfo(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}='${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`)
    .join(' ');
}

/** A line of a password file: host, port, database, user, password; `*` stands for any. */
export function passfileLine(fields: readonly string[]): string {
  return fields.map((field) => field.replaceAll('\\', '\\\\').replaceAll(':', '\\:')).join(':');
}

/** A name in SQL and in the commands of a replication connection. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in SQL, where backslashes mean themselves. */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
