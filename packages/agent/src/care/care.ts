import { rm } from 'node:fs/promises';
import type { HookContext, Peer } from '@firecamp/catalog';
import { FireCampError, type JsonObject, type MemberRef, memberId } from '@firecamp/core';
import type { CaredMember, Observed, Prepared } from '../member-care.ts';
import { observeMember } from './observe.ts';
import type { Care, CareParts, HookCall } from './parts.ts';
import { Peers } from './peers.ts';
import { placesOf } from './places.ts';
import { prepareMember } from './prepare.ts';
import { CaredSecrets } from './secrets.ts';
import { Session } from './session.ts';
import { within } from './within.ts';

/** Runs the recipes' hooks for the members of one node. Cheap, no I/O. */
export function createCare(parts: CareParts): Care {
  const secrets = new CaredSecrets(parts);
  const peers = new Peers(parts);
  const lastPeers = new Map<string, readonly Peer[]>();
  const session = (cared: CaredMember, signal: AbortSignal): Session =>
    new Session(parts, secrets, cared, signal);

  return {
    prepare: async (cared: CaredMember, signal: AbortSignal): Promise<Prepared> =>
      prepareMember(session(cared, signal), peers),

    observe: async (cared: CaredMember, signal: AbortSignal): Promise<Observed> => {
      const id = memberId(cared.member);
      const result = await observeMember(session(cared, signal), peers, lastPeers.get(id) ?? []);
      lastPeers.set(id, result.peers);
      return result.observed;
    },

    beforeStop: async (cared: CaredMember, signal: AbortSignal): Promise<void> => {
      const own = session(cared, signal);
      const { beforeStop } = own.recipe.hooks;
      if (beforeStop === undefined) return;
      const seen = await peers.of(cared, signal);
      const facts = own.facts(seen.peers);
      const { members } = parts.catalog.wanted(cared.service);
      const graceMs = members[cared.member.ordinal]?.program.graceMs ?? 0;
      await within(graceMs, signal, (end) => own.hook('beforeStop', facts, beforeStop, end));
    },

    act: async (cared: CaredMember, call: HookCall, signal: AbortSignal) => {
      const own = session(cared, signal);
      const seen = await peers.of(cared, signal);
      const act = hookOf(own, call, seen.peers);
      return own.hook(call.hook, own.facts(seen.peers), act);
    },

    forget: async (member: MemberRef): Promise<void> => {
      const places = placesOf(parts, member);
      lastPeers.delete(memberId(member));
      for (const folder of [places.secrets, places.memberFolder]) {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

type Act = (context: HookContext) => Promise<JsonObject | null>;

function hookOf(session: Session, call: HookCall, peers: readonly Peer[]): Act {
  const { recipe } = session;
  const { leave, failover, switchover, backup } = recipe.hooks;
  const nothing = async (done: Promise<void>): Promise<null> => done.then(() => null);
  switch (call.hook) {
    case 'leave':
      if (leave !== undefined) return (context) => nothing(leave(context));
      break;
    case 'failover':
      if (failover !== undefined) return (context) => nothing(failover(context));
      break;
    case 'switchover':
      if (switchover !== undefined) {
        const to = peerOf(session, peers, call.to);
        return (context) => nothing(switchover(context, to));
      }
      break;
    case 'backup':
      if (backup !== undefined) return (context) => backup(context, call.folder);
      break;
  }
  throw new FireCampError('UNSUPPORTED', `${recipe.name} has no ${call.hook}`, {
    operation: 'care.act',
    subject: { recipe: recipe.name, hook: call.hook },
  });
}

function peerOf(session: Session, peers: readonly Peer[], ordinal: number): Peer {
  const found = peers.find((peer) => peer.ordinal === ordinal);
  if (found !== undefined) return found;
  throw new FireCampError('NOT_FOUND', `${session.cared.service.name} has no member ${ordinal}`, {
    operation: 'care.act',
    subject: { member: session.id },
  });
}
