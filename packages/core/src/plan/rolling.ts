import type { ProtocolRules } from '../ownership/rules.ts';
import type { Seen } from './seen.ts';
import type { Stage, Step } from './step.ts';
import type { WantedService } from './wanted.ts';

/** What a recipe says of actions that take its members down in turn. */
export type RollingPolicies = Pick<WantedService, 'restartOrder' | 'unavailableMax'>;

function mostDown({ unavailableMax }: RollingPolicies): number {
  return Math.max(1, unavailableMax);
}

/**
 * The members in turn, those of one batch side by side: as many as may be down, the leader alone.
 * What is not ready comes first, since all others have to wait until it is; and before all what a
 * run of the operation that was cut off has stopped, since nothing but the operation starts it.
 */
export function rollingBatches(
  policies: RollingPolicies,
  { service, ready, units }: Pick<Seen, 'service' | 'ready' | 'units'>,
  ordinals: readonly number[],
): readonly (readonly number[])[] {
  const leader = ordinals.filter((ordinal) => ordinal === service.leader);
  const others = ordinals.filter((ordinal) => ordinal !== service.leader);
  const ordered =
    policies.restartOrder === 'leader-first' ? [...leader, ...others] : [...others, ...leader];
  const urgency = (one: number): number => {
    if (units.get(one)?.running === false) return 0;
    return ready.has(one) ? 2 : 1;
  };
  const batches: number[][] = [];
  for (const ordinal of ordered.toSorted((a, b) => urgency(a) - urgency(b))) {
    const batch = batches.at(-1);
    const alone = ordinal === service.leader || batch?.includes(service.leader) === true;
    if (batch === undefined || alone || batch.length >= mostDown(policies)) batches.push([ordinal]);
    else batch.push(ordinal);
  }
  return batches;
}

/** The same steps, none of which waits for a member that the plan does not touch. */
export function waitingForNobody(plan: readonly Stage[]): readonly Stage[] {
  return plan.map((stage) => ({ ...stage, steps: stage.steps.map(withoutLook) }));
}

function withoutLook(step: Step): Step {
  const { action } = step;
  if (action.kind !== 'unit.stop') return step;
  return { ...step, action: { kind: action.kind, ordinal: action.ordinal } };
}

/** A member that a rolling action is about to take down, and what is known of the service. */
export interface TakeDown {
  readonly policies: RollingPolicies;
  /** All that go down side by side, it among them. */
  readonly rolling: readonly number[];
  /** All others of the service that are not ready, or not known to be. */
  readonly unready: readonly number[];
  /** Whether it is known not to serve as it is: then nothing is taken away. */
  readonly isDown: boolean;
}

/** @returns the members that have to be ready before it is taken down; none where it may be. */
export function holdsUp(
  { policies, rolling, unready, isDown }: TakeDown,
  rules: ProtocolRules,
): readonly number[] {
  if (isDown || !rules.othersReadyBeforeStop) return [];
  return rolling.length + unready.length <= mostDown(policies) ? [] : unready;
}

/** Whether so many others could hold it up at all. */
export function mayBeHeldUp(
  policies: RollingPolicies,
  rolling: readonly number[],
  others: readonly number[],
): boolean {
  return others.length > 0 && rolling.length + others.length > mostDown(policies);
}
