import { access, rm, writeFile } from 'node:fs/promises';
import type { MemberFacts, Peer } from '@firecamp/catalog';
import { orAbsent } from '@firecamp/files';
import type { Observed } from '../member-care.ts';
import { markOf, readMark, writeMark } from './marks.ts';
import type { Peers } from './peers.ts';
import type { Session } from './session.ts';
import { within } from './within.ts';

const READY_MS_MAX = 5_000;
const RELOAD_MS_MAX = 10_000;
const JOIN_MS_MAX = 30_000;
/** Of a database that does not answer: the member's health is asked all the same. */
const PEERS_MS_MAX = 5_000;

/**
 * Brings the files of a running member up to date, tells its program, and asks it how it is. What
 * fails on the way stands in the message and is tried again the next time.
 *
 * @param lastPeers - what was seen the last time, for when nothing can be seen now.
 */
export async function observeMember(
  session: Session,
  peers: Peers,
  lastPeers: readonly Peer[],
): Promise<{ readonly observed: Observed; readonly peers: readonly Peer[] }> {
  const notes: string[] = [];
  const attempt = async <T>(act: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      session.check();
      notes.push(error instanceof Error ? error.message : String(error));
      return otherwise;
    }
  };
  const seen = await attempt(
    () => within(PEERS_MS_MAX, session.signal, (signal) => peers.of(session.cared, signal)),
    null,
  );
  const facts = session.facts(seen?.peers ?? lastPeers);
  if (seen !== null) await attempt(() => refresh(session, facts, notes), undefined);
  const health = await attempt(() => ask(session, facts), NOT_READY);
  if (health.ready) await attempt(() => join(session, facts), undefined);
  const message = [health.message, ...notes].filter((text) => text !== '').join('; ');
  return { observed: { ...health, message }, peers: facts.peers };
}

const NOT_READY: Observed = { ready: false, role: '', message: '' };

async function ask(session: Session, facts: MemberFacts): Promise<Observed> {
  const { ready, role } = session.recipe.hooks;
  return within(READY_MS_MAX, session.signal, async (signal) => {
    const health = await session.hook('ready', facts, ready, signal);
    const found = await session.hook('role', facts, role, signal).catch((error: unknown) => {
      if (health.ready) throw error;
      return '';
    });
    return { ...health, role: found };
  });
}

/** Files that need a restart are left for the next start, which writes them anyway. */
async function refresh(session: Session, facts: MemberFacts, notes: string[]): Promise<void> {
  const { places, recipe, signal } = session;
  const files = await session.files(facts);
  const reloadable = files.filter(({ onChange }) => onChange === 'reload');
  // Noted before they change: an agent that ends in between leaves the duty to the next one.
  const before = await exists(places.reloadDue);
  await writeFile(places.reloadDue, '');
  const written = await session.write(files.filter(({ onChange }) => onChange !== 'restart'));
  const due = before || written.some((file) => reloadable.includes(file));
  const { reload } = recipe.hooks;
  if (due && reload !== undefined) {
    notes.push(...written.map(({ path }) => `${path} has changed`));
    await within(RELOAD_MS_MAX, signal, (end) => session.hook('reload', facts, reload, end));
  }
  await rm(places.reloadDue, { force: true });
}

async function exists(path: string): Promise<boolean> {
  return (await orAbsent(access(path).then(() => true))) === true;
}

/** Once in the life of its volumes; without a volume, whenever an agent first sees it ready. */
async function join(session: Session, facts: MemberFacts): Promise<void> {
  const { join: hook } = session.recipe.hooks;
  const [volume] = Object.values(session.cared.volumes);
  if (hook === undefined || volume === undefined) return;
  const mark = await readMark(volume);
  if (mark === null || mark === 'unreadable' || mark.joined) return;
  await within(JOIN_MS_MAX, session.signal, (end) => session.hook('join', facts, hook, end));
  await writeMark(volume, markOf(session.id, mark.state, true));
}
