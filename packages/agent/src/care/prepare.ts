import { rm } from 'node:fs/promises';
import type { MemberFacts } from '@firecamp/catalog';
import { FireCampError } from '@firecamp/core';
import type { Prepared } from '../member-care.ts';
import { decideFill, type FillDecision } from './fill.ts';
import { awaitUnused } from './leftovers.ts';
import { beginFill, markOf, volumeState, writeMark } from './marks.ts';
import type { Peers, Seen } from './peers.ts';
import { makePlaces } from './places.ts';
import type { Session } from './session.ts';

/** Brings a member's volumes and files to where its program may start. */
export async function prepareMember(session: Session, peers: Peers): Promise<Prepared> {
  const { cared, parts, places, recipe, signal } = session;
  const seen = await peers.of(cared, signal);
  const facts = session.facts(seen.peers);
  // A follower asks again and again until its leader has data: that must cost little.
  stopWhere(session, await decide(session, seen));
  await makePlaces(places, parts.user);
  const files = await session.files(facts);
  const onVolumes = files.filter(({ place }) => place !== 'files' && place !== 'secrets');
  await session.write(files.filter((file) => !onVolumes.includes(file)));
  await session.tidy(files);

  await awaitUnused(Object.values(cared.volumes), session.id);
  session.check();
  await fill(session, facts, await decide(session, seen));
  session.check();
  await session.write(onVolumes);
  const { beforeStart } = recipe.hooks;
  if (beforeStart !== undefined) await session.hook('beforeStart', facts, beforeStart);
  session.check();
  // The program reads all files when it starts.
  await rm(places.reloadDue, { force: true });
  return { files: places.files, secrets: places.secrets };
}

async function decide({ cared, id, recipe }: Session, seen: Seen): Promise<FillDecision> {
  const { member, service, volumes } = cared;
  return decideFill({
    seeded: member.seeded,
    volumes: await Promise.all(Object.values(volumes).map((volume) => volumeState(volume, id))),
    leads: member.ordinal === service.leader,
    othersSeeded: seen.seeded.length > 0,
    leaderSeeded: seen.seeded.includes(service.leader),
    hasInitialize: recipe.hooks.initialize !== undefined,
    hasSeed: recipe.hooks.seed !== undefined,
  });
}

async function fill(session: Session, facts: MemberFacts, decision: FillDecision): Promise<void> {
  switch (decision.do) {
    case 'nothing':
      return;
    case 'finish':
      return markDone(session);
    case 'wait':
    case 'refuse':
      return stopWhere(session, decision);
    case 'initialize':
    case 'seed':
    case 'mark':
      return fillFresh(session, facts, decision.do);
  }
}

/** @throws `UNAVAILABLE`, `FAILED_PRECONDITION` - where the decision is to wait or to refuse. */
function stopWhere(session: Session, decision: FillDecision): void {
  if (decision.do === 'wait') throw stopped(session, 'UNAVAILABLE', decision.why);
  if (decision.do === 'refuse') throw stopped(session, 'FAILED_PRECONDITION', decision.why);
}

/** All marked as begun, then filled, then all marked as done: in that order, on the disk. */
async function fillFresh(
  session: Session,
  facts: MemberFacts,
  how: 'initialize' | 'seed' | 'mark',
): Promise<void> {
  const { cared, id, parts, recipe } = session;
  for (const volume of Object.values(cared.volumes)) await beginFill(volume, id, parts.user);
  const { initialize, seed } = recipe.hooks;
  if (how === 'initialize' && initialize !== undefined) {
    await session.hook('initialize', facts, initialize);
  }
  if (how === 'seed' && seed !== undefined) {
    const leader = facts.peers.find(({ ordinal }) => ordinal === facts.leader);
    if (leader === undefined) throw stopped(session, 'UNAVAILABLE', 'the leader has no record');
    await session.hook('seed', facts, (context) => seed(context, leader));
  }
  session.check();
  await markDone(session);
}

async function markDone({ cared, id }: Session): Promise<void> {
  for (const volume of Object.values(cared.volumes)) await writeMark(volume, markOf(id, 'done'));
}

function stopped(
  { cared, id }: Session,
  code: 'UNAVAILABLE' | 'FAILED_PRECONDITION',
  why: string,
): FireCampError {
  return new FireCampError(code, `${cared.member.name}: ${why}`, {
    operation: 'care.prepare',
    subject: { member: id },
  });
}
