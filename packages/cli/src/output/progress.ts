import type { OperationRecord } from '@firecamp/core';
import type { Io } from '../io.ts';
import { printable } from './table.ts';

const CLEAR_LINE = '\r\u001b[2K';

/** Tells how an operation goes on: one line that changes on a terminal, else a line a change. */
export class Progress {
  readonly #io: Io;
  #shown = '';

  constructor(io: Io) {
    this.#io = io;
  }

  readonly show = (operation: OperationRecord): void => {
    // How it ended is told by whoever waits for it.
    if (operation.endedMs !== null) return;
    const line = progressLine(operation);
    if (line === this.#shown) return;
    this.#shown = line;
    if (this.#io.terminal) this.#io.rewrite(CLEAR_LINE + line.slice(0, this.#io.width - 1));
    else this.#io.err(line);
  };

  /** Leaves the terminal's line to whoever writes next. */
  end(): void {
    if (this.#io.terminal && this.#shown !== '') this.#io.rewrite(CLEAR_LINE);
    this.#shown = '';
  }
}

/** One line about an operation, for people. */
export function progressLine(operation: OperationRecord): string {
  const { kind, serviceName, state, stepsDone, stepsTotal, steps } = operation;
  const count = stepsTotal === 0 ? '' : ` ${stepsDone}/${stepsTotal}`;
  const [step] = steps;
  const failed = step !== undefined && step.lastError !== '';
  const trouble = failed ? ` (attempt ${step.attempts}: ${step.lastError})` : '';
  const now = step === undefined || state !== 'running' ? '' : `: ${step.id}${trouble}`;
  return printable(`${kind} ${serviceName}: ${state}${count}${now}`);
}
