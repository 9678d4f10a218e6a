import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import type { Instruments, SeenRequests } from '@firecamp/core/conformance';

const CHANGING: ReadonlySet<string> = new Set([
  'apply-unit',
  'start-unit',
  'stop-unit',
  'remove-unit',
  'drain-node',
  'run-job',
  'remove-job',
  'end-boot',
]);
/** What lists. */
const PAGED: ReadonlySet<string> = new Set(['units', 'tasks']);
/** A list of more than so many entries has a second page here. */
const PAGE = 4;

/** Stands between the clients of an engine and the engine, and breaks what it is told to break. */
export class FaultProxy implements AsyncDisposable {
  readonly #target: string;
  readonly #server = createServer((near, answer) => {
    this.#pass(near, answer).catch(() => answer.destroy());
  });
  readonly #byName = new Map<string, number>();
  #next: 'request-lost' | 'answer-lost' | 'delayed' | null = null;
  #onTheWay: (() => Promise<unknown>)[] = [];
  #unanswered: { readonly which: 'any' | 'changing'; readonly came: () => void } | null = null;
  #failsPage2 = false;

  constructor(target: string) {
    this.#target = target;
  }

  async listen(socket: string): Promise<void> {
    mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
    await new Promise<void>((resolve) => this.#server.listen(socket, resolve));
  }

  /** What a case may use, counted from now on and without what another case has armed. */
  instruments(): Instruments {
    this.#byName.clear();
    this.#next = null;
    this.#onTheWay = [];
    this.#unanswered = null;
    this.#failsPage2 = false;
    return {
      requests: () => this.#requests(),
      loseRequest: () => {
        this.#next = 'request-lost';
      },
      loseAnswer: () => {
        this.#next = 'answer-lost';
      },
      delayRequest: () => {
        this.#next = 'delayed';
        return async () => {
          for (const land of this.#onTheWay.splice(0)) await land();
        };
      },
      leaveUnanswered: (which) =>
        new Promise((came) => {
          this.#unanswered = { which, came };
        }),
      failPage2: () => {
        this.#failsPage2 = true;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #requests(): SeenRequests {
    const counts = [...this.#byName];
    const of = (changing: boolean): number =>
      counts
        .filter(([name]) => CHANGING.has(name) === changing)
        .reduce((sum, [, count]) => sum + count, 0);
    return { changing: of(true), reading: of(false), byName: Object.fromEntries(counts) };
  }

  async #pass(near: IncomingMessage, answer: ServerResponse): Promise<void> {
    const name = near.url?.split('/').at(-1) ?? '';
    const changing = CHANGING.has(name);
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + 1);
    const unanswered = this.#unanswered;
    if (unanswered !== null && (changing || unanswered.which === 'any')) {
      this.#unanswered = null;
      unanswered.came();
      return;
    }
    const fault = changing ? this.#next : null;
    if (changing) this.#next = null;
    const parts: Buffer[] = [];
    for await (const part of near as AsyncIterable<Buffer>) parts.push(part);
    if (fault === 'request-lost') {
      answer.destroy();
      return;
    }
    if (fault === 'delayed') {
      this.#onTheWay.push(async () => {
        const late = await this.#ask(near, Buffer.concat(parts));
        await new Promise((resolve) => late.resume().once('end', resolve));
      });
      answer.destroy();
      return;
    }
    const far = await this.#ask(near, Buffer.concat(parts));
    if (fault === 'answer-lost') {
      far.resume().once('end', () => answer.destroy());
      return;
    }
    if (this.#failsPage2 && PAGED.has(name)) await cutOff(far, answer);
    else {
      answer.writeHead(far.statusCode ?? 500, far.headers);
      answer.flushHeaders();
      answer.once('close', () => far.destroy());
      far.pipe(answer);
    }
  }

  #ask({ url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request({
        socketPath: this.#target,
        path: url ?? '/',
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
        agent: false,
      })
        .once('response', resolve)
        .once('error', reject)
        .end(body);
    });
  }
}

/** The first entries, and then nothing more. */
async function cutOff(far: IncomingMessage, answer: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of far as AsyncIterable<Buffer>) parts.push(part);
  const entries = JSON.parse(Buffer.concat(parts).toString('utf8')) as readonly unknown[];
  const first = JSON.stringify(entries.slice(0, PAGE));
  if (entries.length <= PAGE) {
    answer.end(first);
    return;
  }
  answer.writeHead(200, { 'content-type': 'application/json' });
  answer.write(first.slice(0, -1), () => answer.destroy());
}
