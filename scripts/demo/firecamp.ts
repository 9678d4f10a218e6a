import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What people start. */
const MAIN = fileURLToPath(new URL('../../packages/cli/dist/bundle/main.cjs', import.meta.url));

/** Calls the `firecamp` command, as a person would, for the cluster in one folder. */
export class FireCamp {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #by: readonly string[];
  readonly #running = new Set<ChildProcess>();
  #ended = false;

  /** @param by - a program that runs it, with its first arguments. */
  constructor(folder: string, environment: NodeJS.ProcessEnv, by: readonly string[] = []) {
    this.#folder = folder;
    this.#environment = environment;
    this.#by = by;
  }

  /** @param onWords - each line that it says of its progress. @throws Error - it did not end well. */
  async run(args: readonly string[], onWords: (line: string) => void = () => {}): Promise<string> {
    if (this.#ended) throw new Error(`firecamp ${args.join(' ')}: the cluster has been ended`);
    return await this.#call(args, onWords);
  }

  /**
   * Ends the cluster for good. What still runs is interrupted first and waited for: an `up` would
   * start again what `down` has ended.
   */
  async end(): Promise<void> {
    this.#ended = true;
    const closed = [...this.#running].map((child) => once(child, 'close'));
    for (const child of this.#running) child.kill();
    await Promise.all(closed);
    if (existsSync(join(this.#folder, 'firecamp.yaml'))) await this.#call(['down'], () => {});
  }

  async #call(args: readonly string[], onWords: (line: string) => void): Promise<string> {
    const [program = '', ...line] = [...this.#by, process.execPath, MAIN, ...args];
    const child = spawn(program, line, {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    let out = '';
    let words = '';
    let shown = 0;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      words += chunk;
      const lines = words.split('\n');
      for (const line of lines.slice(shown, -1)) onWords(line);
      shown = lines.length - 1;
    });
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => resolve(exitCode ?? 1));
    }).finally(() => this.#running.delete(child));
    if (code === 0) return out;
    throw new Error(`firecamp ${args.join(' ')} ended with ${code}:\n${words.trim()}`);
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run([...args, '--output', 'json'])) as T;
  }
}

/** What `firecamp status --output json` says, as far as the demo looks at it. */
export interface Status {
  readonly service: { readonly leader: number };
  readonly members: readonly {
    readonly name: string;
    readonly ordinal: number;
    readonly generation: number;
    readonly node: string | null;
    readonly ready: boolean;
    readonly role: string;
    readonly address: string | null;
    readonly dnsName: string;
  }[];
}

/** What `firecamp connect --output json` says. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
}
