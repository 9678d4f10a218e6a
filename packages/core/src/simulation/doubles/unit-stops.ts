import type { MemberRef } from '../../model/member-ref.ts';
import type { Permit } from '../../permit.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** A unit that ran was stopped. */
export interface UnitStop {
  readonly member: MemberRef;
  /** By which right, and when that was made up. */
  readonly permit: Permit;
  readonly askedMs: number;
}

/** Tells of each stop that changed a unit, and that nothing sent later had overtaken. */
export class UnitStops {
  readonly watchers: ((stop: UnitStop) => void)[] = [];
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Somebody makes up a stop now. @returns what to call when it takes effect. */
  ask(member: MemberRef, permit: Permit): (stopped: boolean) => void {
    const stop = { member, permit, askedMs: this.#kernel.nowMs };
    return (stopped) => {
      if (stopped) for (const tell of this.watchers) tell(stop);
    };
  }
}
