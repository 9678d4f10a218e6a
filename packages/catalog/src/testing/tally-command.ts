import { fileURLToPath } from 'node:url';

/** The command of the small server, with a file on each of these volumes. */
export function tallyCommand(roles: readonly string[], port: number): readonly string[] {
  return [
    process.execPath,
    fileURLToPath(new URL('./tally-program.js', import.meta.url)),
    ...roles.flatMap((role) => ['--folder', `\${volume.${role}}`]),
    ...['--address', `\${address}`],
    ...['--port', `${port}`],
  ];
}
