import { chmodSync, copyFileSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestCluster, until } from './test-cluster.ts';

const PORT = 7001;
const ANSWER_MS_MAX = 1_000;
/** Between an answer and the next question. */
const ASK_MS = 20;

/**
 * Says for itself which boot of which node it runs in: to its volume, by a file that it keeps open
 * and as fast as it can, and to everybody who connects to its address.
 */
const PROGRAM = `import { openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
const [, , folder, host] = process.argv;
const boot = process.env.FIRECAMP_NODE_BOOT;
const log = openSync(folder + '/log', 'a');
createServer((socket) => socket.on('error', () => {}).end(boot)).listen({ host, port: ${PORT} });
setInterval(() => writeSync(log, boot + '\\n'), 5);
`;

/** Who asks at the member's address as long as it is not disposed of. */
export interface Listener extends AsyncDisposable {
  /** The boot that gave each answer, oldest first. */
  heard(): readonly string[];
}

/** A service of one member that bears witness of where it runs. */
export class Witness {
  readonly #cluster: TestCluster;
  /** Its address for life. */
  #host: string | null = null;

  private constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  static async create(cluster: TestCluster): Promise<Witness> {
    const spec = {
      // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the node's runtime replaces it.
      command: [nodeFor(cluster), '${files}/witness.mjs', '${volume.data}', '${address}'],
      // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the node's runtime replaces it.
      files: [{ path: 'witness.mjs', content: PROGRAM }],
      ports: [{ name: 'main', port: PORT }],
      volumes: [{ role: 'data', sizeBytes: '16MiB' }],
      ready: { kind: 'tcp', port: 'main' },
    };
    writeFileSync(join(cluster.folder, 'witness.json'), JSON.stringify(spec));
    await cluster.command.run(['create', 'custom', 'witness', '--spec', 'witness.json']);
    return new Witness(cluster);
  }

  /** The boot in which each line was written, oldest first. */
  lines(): readonly string[] {
    const pattern = join(this.#cluster.folder, '.firecamp/volumes/data/*/files/log');
    const [path = '', ...others] = globSync(pattern);
    if (others.length > 0) throw new Error(`there are several logs: ${others.join(', ')}`);
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  }

  /** Waits until another boot than this one writes, and then for more of its lines. */
  async writes(not: string | null, more: number = 1): Promise<string> {
    const boot = await until('it writes', async () => {
      const last = this.lines().at(-1) ?? not;
      return last === not ? null : last;
    });
    const enough = this.lines().length + more;
    await until('it goes on', async () => (this.lines().length >= enough ? true : null));
    return boot ?? '';
  }

  /** The boot that answers at the member's address; null where nobody does. */
  async answers(): Promise<string | null> {
    this.#host ??= (await this.#cluster.status('witness')).members[0]?.address ?? null;
    return this.#host === null ? null : await asked(this.#host);
  }

  /** Asks all the time who answers, until it is told to end. */
  async listen(): Promise<Listener> {
    const heard: string[] = [];
    let over = false;
    const ask = async (): Promise<void> => {
      while (!over) {
        const boot = await this.answers();
        if (boot !== null) heard.push(boot);
        await sleep(ASK_MS);
      }
    };
    const asking = ask();
    await until('it answers', async () => (heard.length > 0 ? true : null));
    const end = async (): Promise<void> => {
      over = true;
      await asking;
    };
    return { heard: () => heard, [Symbol.asyncDispose]: end };
  }
}

/** The boot that says its name there; null where nobody does. */
async function asked(host: string): Promise<string | null> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port: PORT, timeout: ANSWER_MS_MAX });
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.once('timeout', () => socket.destroy());
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve(said === '' ? null : said));
  });
}

/** How often the writer was another one than before: each boot writes once, and never again. */
export function turns(lines: readonly string[]): number {
  return lines.filter((line, index) => index > 0 && line !== lines[index - 1]).length;
}

/** A Node that members can run, who are somebody else where root runs the cluster. */
function nodeFor({ folder }: TestCluster): string {
  if (process.getuid?.() !== 0) return process.execPath;
  const path = join(folder, 'node');
  copyFileSync(process.execPath, path);
  chmodSync(path, 0o755);
  return path;
}
