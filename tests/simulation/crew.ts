import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Choice } from './choice.ts';
import type { Stretch } from './report.ts';
import { type Piece, Runner } from './runner.ts';

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
  const workers = Array.from(
    { length: choice.jobs },
    () => new Worker(new URL(import.meta.url), { workerData: task }),
  );
  return {
    run: (pieces) => Promise.all(workers.flatMap((worker, job) => ask(worker, pieces[job]))),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function ask(worker: Worker, piece: Piece | undefined): readonly Promise<Stretch>[] {
  if (piece === undefined) return [];
  const answer = new Promise<Stretch>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (stretch: Stretch) => {
      worker.off('error', reject);
      resolve(stretch);
    });
  });
  worker.postMessage(piece);
  return [answer];
}

if (!isMainThread && parentPort !== null) {
  const { choice, world } = workerData as Task;
  const runner = new Runner(choice, world);
  const port = parentPort;
  port.on('message', async (piece: Piece) => port.postMessage(await runner.run(piece)));
}
