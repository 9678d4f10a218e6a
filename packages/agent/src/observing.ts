import { tenureOf } from '@firecamp/core';
import { messageOf } from './context.ts';
import type { LocalMember } from './local-member.ts';

/** Asks running members how they are, each at most once at a time, and waits for none of them. */
export class Observing {
  readonly #busy: Set<string> = new Set();

  look(members: readonly LocalMember[]): void {
    const services = new Map<string, ReturnType<LocalMember['service']>>();
    for (const member of members) {
      if (!isRunning(member)) member.observed = null;
      else if (!this.#busy.has(member.id)) {
        const service = services.get(member.ref.service) ?? member.service();
        services.set(member.ref.service, service);
        void this.#observe(member, service);
      }
    }
  }

  async #observe(member: LocalMember, service: ReturnType<LocalMember['service']>): Promise<void> {
    const { run, context, id } = member;
    if (run === null) return;
    this.#busy.add(id);
    try {
      member.observed = await context.care.observe(await member.cared(service), run.signal);
    } catch (error) {
      member.observed = { ready: false, role: '', message: messageOf(error) };
    }
    this.#busy.delete(id);
  }
}

/** Whether this incarnation owns it and its program runs. */
function isRunning({ record, run, tasks, context }: LocalMember): boolean {
  if (run === null || record === null || tenureOf(record, context.self) === null) return false;
  return (
    record.phase === 'mounted' &&
    tasks.some(({ id, state }) => id === record.owner?.task && state === 'running')
  );
}
