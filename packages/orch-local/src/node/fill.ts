import { FireCampError } from '@firecamp/core';

/**
 * Replaces each `${key}` by its value.
 *
 * @throws `INVALID_ARGUMENT` - a `${` that is not closed or whose key has no value.
 */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{([^}]*)(\}?)/g, (whole, key: string, close: string) => {
    const value = close === '' || !Object.hasOwn(values, key) ? undefined : values[key];
    if (value !== undefined) return value;
    const known = Object.keys(values).map((name) => `\${${name}}`);
    throw new FireCampError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(whole)} in ${JSON.stringify(text)}: known are ${known.join(' ')}`,
      { operation: 'Program.fill', subject: { key } },
    );
  });
}

/** What the program's command and environment become. @throws as {@link fill}. */
export function fillProgram(
  program: {
    readonly command: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  },
  values: Readonly<Record<string, string>>,
): { command: readonly string[]; environment: Readonly<Record<string, string>> } {
  return {
    command: program.command.map((part) => fill(part, values)),
    environment: Object.fromEntries(
      Object.entries(program.environment).map(([name, value]) => [name, fill(value, values)]),
    ),
  };
}

/** The keys that a member's program may use, given the roles of its volumes. */
export function fillKeys(roles: readonly string[]): readonly string[] {
  return [...roles.map((role) => `volume.${role}`), 'files', 'secrets', 'address', 'name'];
}
