import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Instruments, SeenRequests } from '@firecamp/core/conformance';

const CHANGING = /write|change|allocate|release|assign/;

/** How many lines of a list come through once its second page cannot be had. */
const LINES_OF_PAGE_1 = 4;

type Fault = 'request-lost' | 'answer-lost' | 'delayed' | 'unanswered' | 'any-unanswered';

/** Stands between a client and its gateway, and loses what it is told to lose. */
export class FaultProxy implements AsyncDisposable {
  readonly instruments: Instruments;
  readonly #upstream: string;
  readonly #server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  readonly #late: (() => Promise<unknown>)[] = [];
  readonly #byName = new Map<string, number>();
  #next: Fault | null = null;
  #swallowed = (): void => {};
  #page2Fails = false;
  #changing = 0;
  #reading = 0;

  constructor(upstream: string) {
    this.#upstream = upstream;
    const arm = (fault: Fault) => (): void => {
      this.#next = fault;
    };
    this.instruments = {
      requests: () => this.#seen(),
      loseRequest: arm('request-lost'),
      loseAnswer: arm('answer-lost'),
      leaveUnanswered: (which) => {
        this.#next = which === 'any' ? 'any-unanswered' : 'unanswered';
        return new Promise((resolve) => {
          this.#swallowed = resolve;
        });
      },
      delayRequest: () => {
        this.#next = 'delayed';
        return async () => {
          for (const land of this.#late.splice(0)) await land();
        };
      },
      failPage2: () => {
        this.#page2Fails = true;
      },
    };
  }

  listen(socket: string): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(socket, resolve);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #seen(): SeenRequests {
    return {
      changing: this.#changing,
      reading: this.#reading,
      byName: Object.fromEntries(this.#byName),
    };
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming).catch(() => null);
    if (body === null) return;
    const changing = CHANGING.test(incoming.url ?? '');
    this.#count(incoming.url ?? '', changing);
    const fault = this.#takeFault(changing);
    if (fault === 'unanswered' || fault === 'any-unanswered') return this.#swallowed();
    if (fault === 'delayed') this.#late.push(async () => buffer(await this.#ask(incoming, body)));
    if (fault === 'delayed' || fault === 'request-lost') {
      incoming.socket.destroy();
      return;
    }
    const answer = await this.#ask(incoming, body);
    if (fault === 'answer-lost') {
      await buffer(answer);
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    if (this.#page2Fails && incoming.url?.endsWith('.list')) await cutOff(answer, outgoing);
    else answer.pipe(outgoing);
    outgoing.once('close', () => answer.destroy());
  }

  #takeFault(changing: boolean): Fault | null {
    const fault = this.#next;
    if (fault === null || !(changing || fault === 'any-unanswered')) return null;
    this.#next = null;
    return fault;
  }

  #count(name: string, changing: boolean): void {
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + 1);
    if (changing) this.#changing += 1;
    else this.#reading += 1;
  }

  #ask({ headers, method, url }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { socketPath: this.#upstream, headers, method, path: url };
      request(options, resolve).once('error', reject).end(body);
    });
  }
}

async function cutOff(answer: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const lines = (await buffer(answer)).toString('utf8').split('\n');
  outgoing.write(`${lines.slice(0, LINES_OF_PAGE_1).join('\n')}\n`);
  outgoing.socket?.end(() => outgoing.destroy());
}
