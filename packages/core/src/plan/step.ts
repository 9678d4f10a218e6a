/** One thing that is to be done; a pure value. */
export type StepAction =
  | { readonly kind: 'secret.create'; readonly secret: string; readonly bytes: number }
  | { readonly kind: 'address.allocate'; readonly ordinal: number }
  | { readonly kind: 'member.create'; readonly ordinal: number }
  | {
      readonly kind: 'volume.create';
      readonly ordinal: number;
      readonly role: string;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'unit.apply'; readonly ordinal: number; readonly expects: string | null }
  | { readonly kind: 'unit.start'; readonly ordinal: number }
  | {
      readonly kind: 'unit.stop';
      readonly ordinal: number;
      /** The members that a rolling action takes down side by side; left out: all go down. */
      readonly rolling?: readonly number[];
    }
  | { readonly kind: 'unit.remove'; readonly ordinal: number }
  | { readonly kind: 'wait.ready'; readonly ordinal: number; readonly above: number }
  | { readonly kind: 'wait.idle'; readonly ordinal: number }
  | { readonly kind: 'member.remove'; readonly ordinal: number }
  | { readonly kind: 'name.remove'; readonly ordinal: number }
  | { readonly kind: 'address.release'; readonly address: string }
  | { readonly kind: 'volume.remove'; readonly volume: string }
  | { readonly kind: 'secret.remove'; readonly secret: string };

/** A step of a plan. */
export interface Step {
  /** Stable across plans of one operation, for example `volume.create:pg-0:data`. */
  readonly id: string;
  readonly action: StepAction;
  /** Why it is in the plan, for people. */
  readonly reason: string;
}

/** Steps that do not depend on each other; the next stage begins when all are done. */
export interface Stage {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** Stages that have nothing to do are left out. */
export function stages(...all: readonly Stage[]): readonly Stage[] {
  return all.filter(({ steps }) => steps.length > 0);
}

export function countSteps(plan: readonly Stage[]): number {
  return plan.reduce((sum, { steps }) => sum + steps.length, 0);
}
