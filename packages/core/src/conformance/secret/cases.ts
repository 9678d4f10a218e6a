import assert from 'node:assert/strict';
import { Secret } from '../../secret/secret.ts';
import type { SecretStore } from '../../secret/secret-store.ts';
import { type Case, type CaseFixture, instrumented, plain } from '../case.ts';
import { type Effect, ENTRIES_FOR_TWO_PAGES, effectCases, type Listing } from '../effects.ts';
import { collect, rejectsWith, settle, worksOrIsUnknown } from '../expect.ts';
import { allowed } from '../permit.ts';

/** What the cases of secrets work on. */
export interface SecretFixture extends CaseFixture {
  readonly secrets: SecretStore;
  /** Another client of the same store. */
  readonly peer: SecretStore;
}

/** The most bytes that every store keeps. */
const VALUE_BYTES_MAX = 4096;

const BAD_NAMES: readonly string[] = [
  '',
  'a',
  'a/',
  '/a',
  'a/b/c',
  'A/b',
  '../a',
  'a/..',
  'a b/c',
  'a/b\0',
  `${'a'.repeat(64)}/b`,
];

function freshName({ freshId }: SecretFixture): string {
  return `${freshId()}/password`;
}

async function valueOfSecret(
  { peer }: SecretFixture,
  name: string,
  version?: string,
): Promise<string> {
  return (await peer.read(name, version)).reveal();
}

const creates: readonly Case<SecretFixture>[] = [
  plain({
    id: 'secret.create.read-back',
    title: 'a secret is read exactly as it was written, by its version and as the newest',
    run: async (fixture) => {
      const values = [
        'x',
        ' ',
        'line 1\nline 2\n',
        '\u0000ß漢🦊"\'\\',
        'v'.repeat(VALUE_BYTES_MAX),
      ];
      for (const value of values) {
        const name = freshName(fixture);
        const made = await fixture.secrets.create(name, new Secret(value), allowed());
        assert.equal(made.name, name);
        assert.ok(made.version.length > 0);
        assert.equal(await valueOfSecret(fixture, name), value);
        assert.equal(await valueOfSecret(fixture, name, made.version), value);
      }
    },
  }),
  plain({
    id: 'secret.create.never-overwrites',
    title: 'a secret that exists comes back with its first version, and keeps its value',
    run: async (fixture) => {
      const { secrets } = fixture;
      const name = freshName(fixture);
      const first = await secrets.create(name, new Secret('first'), allowed());
      assert.deepEqual(await secrets.create(name, new Secret('second'), allowed()), first);
      await secrets.addVersion(name, new Secret('third'), allowed());
      assert.deepEqual(await secrets.create(name, new Secret('fourth'), allowed()), first);
      assert.equal(await valueOfSecret(fixture, name), 'third');
      assert.equal(await valueOfSecret(fixture, name, first.version), 'first');
    },
  }),
  plain({
    id: 'secret.create.two-callers',
    title: 'of callers who create one secret at once, all use the value of one',
    run: async (fixture) => {
      const { secrets, peer } = fixture;
      const name = freshName(fixture);
      const values = ['a', 'b', 'c', 'd'];
      const made = await Promise.all(
        values.map((value, at) =>
          (at % 2 === 0 ? secrets : peer).create(name, new Secret(value), allowed()),
        ),
      );
      assert.equal(new Set(made.map(({ version }) => version)).size, 1);
      const value = await valueOfSecret(fixture, name);
      assert.ok(values.includes(value));
      assert.equal(await valueOfSecret(fixture, name, made[0]?.version), value);
    },
  }),
  instrumented({
    id: 'secret.create.late',
    title: 'a create that arrives once the secret is there does not change its value',
    needs: ['delayRequest'],
    run: async (fixture, { delayRequest }) => {
      const { secrets, peer } = fixture;
      const name = freshName(fixture);
      const land = delayRequest();
      const late = await worksOrIsUnknown(() =>
        secrets.create(name, new Secret('late'), allowed()),
      );
      await peer.create(name, new Secret('first'), allowed());
      await land();
      assert.equal(await valueOfSecret(fixture, name), late.ok ? 'late' : 'first');
    },
  }),
  plain({
    id: 'secret.read.absent',
    title: 'a secret or a version that is not there is NOT_FOUND, and gets no version added',
    run: async (fixture) => {
      const { secrets } = fixture;
      const name = freshName(fixture);
      await rejectsWith('NOT_FOUND', () => secrets.read(name));
      await rejectsWith('NOT_FOUND', () => secrets.addVersion(name, new Secret('x'), allowed()));
      await secrets.create(name, new Secret('x'), allowed());
      await rejectsWith('NOT_FOUND', () => secrets.read(name, 'no-such-version'));
      const neighbour = `${name}-2`;
      await rejectsWith('NOT_FOUND', () => secrets.read(neighbour));
    },
  }),
  plain({
    id: 'secret.invalid',
    title: 'a name or a value out of range is refused, and the refusal does not tell the value',
    run: async (fixture) => {
      const { secrets } = fixture;
      const canary = `canary-${fixture.freshId()}`;
      const refused = async (act: () => Promise<unknown>): Promise<void> => {
        const { message, subject, operation } = await rejectsWith('INVALID_ARGUMENT', act);
        const told = JSON.stringify({ message, subject, operation });
        assert.ok(!told.includes(canary), 'the error tells the secret');
      };
      for (const name of BAD_NAMES) {
        await refused(() => secrets.create(name, new Secret(canary), allowed()));
        await refused(() => secrets.read(name));
        await refused(() => secrets.remove(name, allowed()));
      }
      const name = freshName(fixture);
      const tooLong = canary.repeat(Math.ceil(VALUE_BYTES_MAX / canary.length) + 1);
      for (const value of ['', tooLong]) {
        await refused(() => secrets.create(name, new Secret(value), allowed()));
      }
      await rejectsWith('NOT_FOUND', () => secrets.read(name));
    },
  }),
  plain({
    id: 'secret.hidden',
    title: 'what is read prints as three stars wherever it is printed',
    run: async (fixture) => {
      const name = freshName(fixture);
      await fixture.secrets.create(name, new Secret('canary'), allowed());
      const secret = await fixture.peer.read(name);
      const printed = [String(secret), `${secret}`, JSON.stringify({ secret })];
      assert.deepEqual(printed, ['***', '***', '{"secret":"***"}']);
      assert.ok(!Object.values(secret).includes('canary'));
    },
  }),
];

const versions: readonly Case<SecretFixture>[] = [
  plain({
    id: 'secret.version.added',
    title: 'a new version is the newest, and the older ones stay readable',
    run: async (fixture) => {
      const { secrets } = fixture;
      const name = freshName(fixture);
      const first = await secrets.create(name, new Secret('first'), allowed());
      const second = await secrets.addVersion(name, new Secret('second'), allowed());
      assert.equal(second.name, name);
      assert.notEqual(second.version, first.version);
      assert.equal(await valueOfSecret(fixture, name), 'second');
      assert.equal(await valueOfSecret(fixture, name, first.version), 'first');
    },
  }),
  plain({
    id: 'secret.version.together',
    title: 'versions that are added at once are all kept, each under its own name',
    run: async (fixture) => {
      const { secrets, peer } = fixture;
      const name = freshName(fixture);
      await secrets.create(name, new Secret('first'), allowed());
      const values = ['a', 'b', 'c', 'd'];
      const added = await Promise.all(
        values.map((value, at) =>
          (at % 2 === 0 ? secrets : peer).addVersion(name, new Secret(value), allowed()),
        ),
      );
      const read = await Promise.all(
        added.map(({ version }) => valueOfSecret(fixture, name, version)),
      );
      assert.deepEqual(read, values);
    },
  }),
  plain({
    id: 'secret.version.retired',
    title: 'a retired version is read by its name alone, and the newest other one takes its place',
    run: async (fixture) => {
      const { secrets } = fixture;
      const name = freshName(fixture);
      const first = await secrets.create(name, new Secret('first'), allowed());
      const second = await secrets.addVersion(name, new Secret('second'), allowed());
      await secrets.retireVersion(second, allowed());
      assert.equal(await valueOfSecret(fixture, name), 'first');
      assert.equal(await valueOfSecret(fixture, name, second.version), 'second');
      await secrets.retireVersion(first, allowed());
      await rejectsWith('NOT_FOUND', () => secrets.read(name));
      assert.equal(await valueOfSecret(fixture, name, first.version), 'first');
    },
  }),
];

const removals: readonly Case<SecretFixture>[] = [
  plain({
    id: 'secret.remove.gone',
    title: 'a removed secret is gone with all its versions, and its neighbour stays',
    run: async (fixture) => {
      const { secrets } = fixture;
      const name = freshName(fixture);
      const neighbour = `${name}-2`;
      const { version } = await secrets.create(name, new Secret('first'), allowed());
      await secrets.create(neighbour, new Secret('other'), allowed());
      await secrets.remove(name, allowed());
      await rejectsWith('NOT_FOUND', () => secrets.read(name));
      await rejectsWith('NOT_FOUND', () => secrets.read(name, version));
      assert.equal(await valueOfSecret(fixture, neighbour), 'other');
      await secrets.remove(freshName(fixture), allowed());
    },
  }),
  plain({
    id: 'secret.remove.new-life',
    title: 'a secret that is made again after its removal has the new value',
    run: async (fixture) => {
      const { secrets } = fixture;
      const name = freshName(fixture);
      await secrets.create(name, new Secret('old'), allowed());
      await secrets.remove(name, allowed());
      await secrets.create(name, new Secret('new'), allowed());
      assert.equal(await valueOfSecret(fixture, name), 'new');
    },
  }),
  plain({
    id: 'secret.list.prefix',
    title: 'a list gives the names that begin with exactly that text, without what was removed',
    run: async (fixture) => {
      const { secrets, peer, freshId } = fixture;
      const service = freshId();
      const names = [`${service}/a`, `${service}/ab`, `${service}/b`, `${service}x/a`];
      for (const name of names) await secrets.create(name, new Secret('x'), allowed());
      await secrets.remove(`${service}/b`, allowed());
      const listed = async (prefix: string): Promise<string[]> =>
        (await collect(peer.list(prefix))).sort();
      assert.deepEqual(await listed(`${service}/`), [`${service}/a`, `${service}/ab`]);
      assert.deepEqual(await listed(`${service}/ab`), [`${service}/ab`]);
      assert.deepEqual(await listed(`${service}/b`), []);
      const bad = await settle(() => collect(peer.list('*')));
      assert.ok(!bad.ok, 'a pattern is not the beginning of a name');
    },
  }),
];

const effects: readonly Effect<SecretFixture>[] = [
  {
    method: 'create',
    arm: async (fixture) => {
      const name = freshName(fixture);
      return {
        act: (options) => fixture.secrets.create(name, new Secret('value'), options),
        look: () => collect(fixture.secrets.list(name)),
      };
    },
  },
  {
    method: 'addVersion',
    repeat: 'once',
    arm: async (fixture) => {
      const name = freshName(fixture);
      await fixture.secrets.create(name, new Secret('first'), allowed());
      return {
        act: (options) => fixture.secrets.addVersion(name, new Secret('second'), options),
        look: () => valueOfSecret(fixture, name),
      };
    },
  },
  {
    method: 'retireVersion',
    arm: async (fixture) => {
      const { secrets } = fixture;
      const name = freshName(fixture);
      await secrets.create(name, new Secret('first'), allowed());
      const second = await secrets.addVersion(name, new Secret('second'), allowed());
      return {
        act: (options) => secrets.retireVersion(second, options),
        look: () => valueOfSecret(fixture, name),
      };
    },
  },
  {
    method: 'remove',
    arm: async (fixture) => {
      const { secrets } = fixture;
      const name = freshName(fixture);
      await secrets.create(name, new Secret('first'), allowed());
      return {
        act: (options) => secrets.remove(name, options),
        look: () => collect(secrets.list(name)),
      };
    },
  },
];

const listing: Listing<SecretFixture> = {
  method: 'list',
  arm: async ({ secrets, freshId }) => {
    const service = freshId();
    for (let made = 0; made < ENTRIES_FOR_TWO_PAGES; made += 1) {
      await secrets.create(`${service}/${made}`, new Secret('x'), allowed());
    }
    return () => secrets.list(`${service}/`);
  },
};

/** The contract of a `SecretStore`; it has no capabilities. */
export function secretCases(): readonly Case<SecretFixture>[] {
  return [
    ...creates,
    ...versions,
    ...removals,
    ...effectCases<SecretFixture>({
      prefix: 'secret',
      effects,
      readings: [
        {
          method: 'read',
          call: async (fixture, options) =>
            fixture.secrets.read(freshName(fixture), undefined, options),
        },
        { method: 'list', call: ({ secrets }, options) => collect(secrets.list('a', options)) },
      ],
      listings: [listing],
      late: null,
    }),
  ];
}
