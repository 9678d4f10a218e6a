import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Choice } from './choice.ts';
import type { Stretch } from './report.ts';
import { type Piece, Runner } from './runner.ts';

/** Runs of one thread before another takes its place. */
const THREAD_RUNS_MAX = 5_000;

/** Runs pieces of one list, each in a thread of its own if there are several. */
export interface Crew extends AsyncDisposable {
  /** As many pieces as there are jobs, at once. */
  run(pieces: readonly Piece[]): Promise<readonly Stretch[]>;
}

interface Task {
  readonly choice: Choice;
  readonly world: string;
}

export function crewOf(choice: Choice, world: string, own: Runner): Crew {
  if (choice.jobs === 1) {
    return {
      run: (pieces) => Promise.all(pieces.map((piece) => own.run(piece))),
      [Symbol.asyncDispose]: async () => {},
    };
  }
  const task: Task = { choice, world };
  const hands = Array.from({ length: choice.jobs }, () => new Hand(task));
  return {
    run: (pieces) => Promise.all(pieces.flatMap((piece, job) => hands[job]?.run(piece) ?? [])),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(hands.map((hand) => hand.end()));
    },
  };
}

/**
 * A thread, and the next one after a while: Node keeps each composed `AbortSignal` that somebody
 * listens to, and so a little of every run that ended while its programs were waiting.
 */
class Hand {
  readonly #task: Task;
  #worker: Worker;
  #runs = 0;

  constructor(task: Task) {
    this.#task = task;
    this.#worker = begun(task);
  }

  async run(piece: Piece): Promise<Stretch> {
    if (this.#runs > THREAD_RUNS_MAX) {
      await this.end();
      this.#worker = begun(this.#task);
      this.#runs = 0;
    }
    this.#runs += piece.to - piece.from;
    return await ask(this.#worker, piece);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function begun(task: Task): Worker {
  return new Worker(new URL(import.meta.url), { workerData: task });
}

function ask(worker: Worker, piece: Piece): Promise<Stretch> {
  const answer = new Promise<Stretch>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (stretch: Stretch) => {
      worker.off('error', reject);
      resolve(stretch);
    });
  });
  worker.postMessage(piece);
  return answer;
}

if (!isMainThread && parentPort !== null) {
  const { choice, world } = workerData as Task;
  const runner = new Runner(choice, world);
  const port = parentPort;
  port.on('message', async (piece: Piece) => port.postMessage(await runner.run(piece)));
}
