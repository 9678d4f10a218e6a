import assert from 'node:assert/strict';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../../fence/fencer.ts';
import { type Case, type CaseFixture, instrumented, plain } from '../case.ts';
import { type Effect, ENTRIES_FOR_TWO_PAGES, effectCases, type Listing } from '../effects.ts';
import { collect, rejectsWith, settle, worksOrIsUnknown } from '../expect.ts';
import { allowed, countingPermit } from '../permit.ts';

/** A node that holds something it can write to. */
export interface FencedHolder {
  /** What a fence of exactly this holder is aimed at. */
  readonly target: FenceTarget;
  /** Whether it can write now: found out by the backend or by writing, not by our records. */
  readonly canWrite: () => Promise<boolean>;
  /** The same node comes to hold the same again, by a later boot or attachment. */
  readonly again: () => Promise<FencedHolder>;
  /** The same run of the same node comes to hold another volume. */
  readonly beside: () => Promise<FencedHolder>;
}

/** What the cases of a fencer work on. */
export interface FencerFixture extends CaseFixture {
  readonly fencer: Fencer;
  /** As an agent has it, of a node that no case fences; null where agents have none. */
  readonly peer: Fencer | null;
  /** Another holder each time. */
  readonly hold: () => Promise<FencedHolder>;
}

/** A proof without what is written for people, and what a repeat may say anew. */
function essence({ kind, holder, boot, volume, generation }: FenceProof): unknown {
  return { kind, holder, boot, volume, generation };
}

/** A backend need not keep for which member a fence was made. */
function withoutMember(proof: FenceProof): unknown {
  return essence({ ...proof, generation: 0 });
}

const fences: readonly Case<FencerFixture>[] = [
  plain({
    id: 'fence.ends-writing',
    title: 'a fenced holder cannot write any more, and the proof says who, what and by what',
    run: async ({ fencer, hold }) => {
      const { target, canWrite } = await hold();
      assert.equal(await canWrite(), true);
      const { proof: kinds, reach } = fencer.capabilities;
      const proof = await fencer.fence(target, { permit: countingPermit() });
      assert.equal(await canWrite(), false);
      assert.ok(kinds.includes(proof.kind), `${proof.kind} is not among ${kinds}`);
      assert.deepEqual(proof.holder, target.holder);
      assert.equal(proof.generation, countingPermit().generation);
      assert.equal(proof.volume, reach === 'volume' ? target.volume?.id : null);
      if (reach === 'node') assert.equal(proof.boot, target.node.boot);
      assert.ok(proof.observed.length > 0 && proof.by.length > 0);
    },
  }),
  plain({
    id: 'fence.other-holder',
    title: 'a holder that was not fenced goes on writing',
    run: async ({ fencer, hold }) => {
      const first = await hold();
      const second = await hold();
      await fencer.fence(first.target, allowed());
      const sameNode = first.target.node.id === second.target.node.id;
      const stopsAll = fencer.capabilities.reach === 'node' && sameNode;
      if (!stopsAll) assert.equal(await second.canWrite(), true);
      assert.equal(await first.canWrite(), false);
    },
  }),
  plain({
    id: 'fence.wrong-holder',
    title: 'a late fence of an old holder leaves a later one of the same node alone',
    run: async ({ fencer, hold }) => {
      const first = await hold();
      const proof = await fencer.fence(first.target, allowed());
      await fencer.lift(proof, allowed());
      const later = await first.again();
      assert.equal(await later.canWrite(), true);
      const result = await settle(() => fencer.fence(first.target, allowed()));
      if (!result.ok) {
        await rejectsWith('FAILED_PRECONDITION', () => Promise.reject(result.error));
      }
      assert.equal(await later.canWrite(), true);
    },
  }),
  plain({
    id: 'fence.foreign',
    title: 'a holder that is not ours, or not of that node, is not fenced',
    run: async ({ fencer, hold }) => {
      const { target, canWrite } = await hold();
      const { holder, node } = target;
      const foreign = { ...target, holder: { ...holder, node: null } };
      const other = { ...target, node: { ...node, id: 'another-node' } };
      for (const wrong of [foreign, other]) {
        await rejectsWith('FAILED_PRECONDITION', () => fencer.fence(wrong, allowed()));
      }
      assert.equal(await canWrite(), true);
    },
  }),
  instrumented({
    id: 'fence.late',
    title: 'a fence that arrives once the node has a later holder leaves that one alone',
    needs: ['delayRequest'],
    run: async ({ fencer, hold }, { delayRequest }) => {
      const { target, again } = await hold();
      const permit = countingPermit();
      const land = delayRequest();
      await worksOrIsUnknown(() => fencer.fence(target, { permit }));
      const proof = await fencer.fence(target, allowed());
      await fencer.lift(proof, allowed());
      const later = await again();
      await land();
      // Where a late one is repaired, what it ended comes back.
      const fate = fencer.capabilities.late[permit.asks.at(-1) ?? ''];
      const spared = fate === 'conditional' || fate === 'harmless';
      assert.equal(await (spared ? later : await later.again()).canWrite(), true);
    },
  }),
  instrumented({
    id: 'fence.cannot-prove',
    title: 'a fence that cannot be proven is no proof, and may be asked for again',
    needs: ['hideProof'],
    run: async ({ fencer, hold }, { hideProof }) => {
      const { target, canWrite } = await hold();
      const show = hideProof();
      await rejectsWith('FAILED_PRECONDITION', () => fencer.fence(target, allowed()));
      show();
      await fencer.fence(target, allowed());
      assert.equal(await canWrite(), false);
    },
  }),
  plain({
    id: 'fence.lift.again',
    title: 'after a fence is lifted, a later holder of the same node can write',
    run: async ({ fencer, hold }) => {
      const first = await hold();
      const proof = await fencer.fence(first.target, allowed());
      await fencer.lift(proof, allowed());
      await fencer.lift(proof, allowed());
      const later = await first.again();
      assert.equal(await later.canWrite(), true);
    },
  }),
];

const REACHES: Readonly<Record<FencerCapabilities['reach'], Case<FencerFixture>>> = {
  volume: plain({
    id: 'fence.reach.volume',
    title:
      'a fence reaches one volume: the same run writes on to its others, and none is no target',
    run: async ({ fencer, hold }) => {
      const first = await hold();
      const other = await first.beside();
      await fencer.fence(first.target, allowed());
      assert.equal(await first.canWrite(), false);
      assert.equal(await other.canWrite(), true);
      const { holder, node } = other.target;
      await rejectsWith('FAILED_PRECONDITION', () => fencer.fence({ holder, node }, allowed()));
      assert.equal(await other.canWrite(), true);
    },
  }),
  node: plain({
    id: 'fence.reach.node',
    title: 'a fence ends the whole run: all that it holds, and no volume has to be named',
    run: async ({ fencer, hold }) => {
      const first = await hold();
      const other = await first.beside();
      const { holder, node } = first.target;
      const { volume, boot } = await fencer.fence({ holder, node }, allowed());
      assert.deepEqual([volume, boot], [null, node.boot]);
      assert.equal(await first.canWrite(), false);
      assert.equal(await other.canWrite(), false);
    },
  }),
};

const RIGHTS: Readonly<Record<FencerCapabilities['by'], Case<FencerFixture>>> = {
  peer: plain({
    id: 'fence.by.peer',
    title: 'an agent fences as a manager does, and a repeat by the manager gives an equal proof',
    run: async ({ fencer, peer, hold }) => {
      assert.ok(peer, 'agents have none');
      const { target, canWrite } = await hold();
      const proof = await peer.fence(target, allowed());
      assert.equal(await canWrite(), false);
      assert.deepEqual(essence(await fencer.fence(target, allowed())), essence(proof));
    },
  }),
  manager: plain({
    id: 'fence.by.manager',
    title: 'where the rights are the manager’s alone, agents cannot even make such a fencer',
    run: async ({ peer }) => assert.equal(peer, null),
  }),
};

const standing: readonly Case<FencerFixture>[] = [
  plain({
    id: 'fence.expires',
    title: 'a fence that expires says when, and is listed for renewal until it is lifted',
    run: async ({ fencer, hold, clock }) => {
      const { target } = await hold();
      const proof = await fencer.fence(target, allowed());
      assert.ok(proof.expiresMs !== undefined && proof.expiresMs > clock.wallNowMs());
      const listed = async (): Promise<readonly unknown[]> => {
        const all = await collect(fencer.list());
        return all.filter(({ holder }) => holder.token === target.holder.token).map(withoutMember);
      };
      assert.deepEqual(await listed(), [withoutMember(proof)]);
      await fencer.lift(proof, allowed());
      assert.deepEqual(await listed(), []);
    },
  }),
];

const renewing: readonly Case<FencerFixture>[] = [
  plain({
    id: 'fence.renewed',
    title: 'a repeat of a fence that expires makes it stand for longer, and it is still one fence',
    run: async ({ fencer, hold, clock }) => {
      const { target, canWrite } = await hold();
      const proof = await fencer.fence(target, allowed());
      await clock.sleep(2);
      const renewed = await fencer.fence(target, allowed());
      assert.deepEqual(essence(renewed), essence(proof));
      assert.ok(Number(renewed.expiresMs) > Number(proof.expiresMs), 'it expires no later');
      const all = await collect(fencer.list());
      const listed = all.filter(({ holder }) => holder.token === target.holder.token);
      assert.deepEqual(
        listed.map(({ expiresMs }) => expiresMs),
        [renewed.expiresMs],
      );
      assert.equal(await canWrite(), false);
    },
  }),
];

const lasting: readonly Case<FencerFixture>[] = [
  plain({
    id: 'fence.lasts',
    title: 'a fence that lasts names no end, and is not listed once it was lifted',
    run: async ({ fencer, hold }) => {
      const { target, canWrite } = await hold();
      const proof = await fencer.fence(target, allowed());
      assert.equal(proof.expiresMs, undefined);
      await fencer.lift(proof, allowed());
      const all = await collect(fencer.list());
      assert.ok(all.every(({ holder }) => holder.token !== target.holder.token));
      assert.equal(await canWrite(), false);
    },
  }),
];

const fenceEffect: Effect<FencerFixture> = {
  method: 'fence',
  arm: async ({ fencer, hold }) => {
    const { target, canWrite } = await hold();
    return {
      act: async (options) => essence(await fencer.fence(target, options)),
      look: canWrite,
    };
  },
};

/** Where fences stand in a list, a lift can be seen there. */
const liftEffect: Effect<FencerFixture> = {
  method: 'lift',
  arm: async ({ fencer, hold }) => {
    const { target } = await hold();
    const proof = await fencer.fence(target, allowed());
    return {
      act: (options) => fencer.lift(proof, options),
      look: async () => {
        const all = await collect(fencer.list());
        return all.filter(({ holder }) => holder.token === target.holder.token).length;
      },
    };
  },
};

const listing: Listing<FencerFixture> = {
  method: 'list',
  arm: async ({ fencer, hold }) => {
    for (let made = 0; made < ENTRIES_FOR_TWO_PAGES; made += 1) {
      await fencer.fence((await hold()).target, allowed());
    }
    return () => fencer.list();
  },
};

/** The contract of a `Fencer` that claims these capabilities. */
export function fencerCases(claimed: FencerCapabilities): readonly Case<FencerFixture>[] {
  const expires = claimed.lasts === 'expires';
  return [
    plain({
      id: 'fence.capabilities',
      title: 'the fencer claims what its definition claims, and at least one kind of proof',
      run: async ({ fencer }) => {
        assert.deepEqual(fencer.capabilities, claimed);
        assert.ok(claimed.proof.length > 0);
        if (expires) assert.ok(Number(claimed.standsMs) > 0, 'how long does a fence stand?');
      },
    }),
    ...fences,
    REACHES[claimed.reach],
    RIGHTS[claimed.by],
    ...(expires ? [...standing, ...renewing] : lasting),
    ...effectCases<FencerFixture>({
      prefix: 'fence',
      effects: expires ? [fenceEffect, liftEffect] : [fenceEffect],
      readings: [{ method: 'list', call: ({ fencer }, options) => collect(fencer.list(options)) }],
      listings: expires ? [listing] : [],
      late: claimed.late,
    }),
  ];
}
