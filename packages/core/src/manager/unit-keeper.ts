import type { ServiceRecord } from '../model/service.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import { PROTOCOL_RULES } from '../ownership/rules.ts';
import type { EffectOptions } from '../permit.ts';
import type { WantedService } from '../plan/wanted.ts';
import type { ManagerParts } from './parts.ts';

/** Whether a late request may undo a newer one at this orchestrator, so that units are looked after. */
export function unitsNeedRepair({
  orchestrator,
  rules = PROTOCOL_RULES,
}: Pick<ManagerParts, 'orchestrator' | 'rules'>): boolean {
  return rules.unitsSetAgain && Object.values(orchestrator.capabilities.late).includes('repaired');
}

/** Members whose units are not as their service's record says, by ordinal. */
export async function wrongUnits(
  orchestrator: Pick<Orchestrator, 'units'>,
  { uid, running }: Pick<ServiceRecord, 'uid' | 'running'>,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const wrong: number[] = [];
  for await (const unit of orchestrator.units(uid, signal === undefined ? {} : { signal })) {
    if (unit.running !== running) wrong.push(unit.member.ordinal);
  }
  return wrong;
}

/**
 * Looks after the unit that a step of an operation waits for: a late request may have undone what the
 * operation did, and nobody else changes units while it runs.
 */
export class UnitKeeper {
  readonly #parts: ManagerParts;
  readonly #service: ServiceRecord;
  readonly #wanted: WantedService;
  /** When each was last looked at, or first waited for. */
  readonly #lookedMs = new Map<number, number>();

  constructor(parts: ManagerParts, service: ServiceRecord, wanted: WantedService) {
    this.#parts = parts;
    this.#service = service;
    this.#wanted = wanted;
  }

  /** At most once a beat: starts or stops what is found otherwise; removes what is deleted. */
  async keep(ordinal: number, running: boolean, effect: EffectOptions): Promise<void> {
    if (!unitsNeedRepair(this.#parts) || !this.#isDue(ordinal)) return;
    const { orchestrator } = this.#parts;
    const { uid, state } = this.#service;
    const wrong = await wrongUnits(orchestrator, { uid, running }, effect.signal);
    if (!wrong.includes(ordinal)) return;
    const member = { service: uid, ordinal };
    if (state === 'deleting') await orchestrator.removeUnit(member, effect);
    else if (running) await orchestrator.startUnit(member, effect);
    else {
      const found = this.#wanted.members.find((one) => one.ordinal === ordinal);
      await orchestrator.stopUnit(member, { graceMs: found?.program.graceMs ?? 0 }, effect);
    }
  }

  #isDue(ordinal: number): boolean {
    const { clock, timing } = this.#parts;
    const nowMs = clock.monotonicMs();
    const dueMs = (this.#lookedMs.get(ordinal) ?? nowMs) + timing.beatMs;
    const due = nowMs >= dueMs;
    if (due || !this.#lookedMs.has(ordinal)) this.#lookedMs.set(ordinal, nowMs);
    return due;
  }
}
