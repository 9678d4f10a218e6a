import { Secret, type SecretName, type SecretStore, type SecretVersion } from '@firecamp/core';
import { countingPermit, type SecretFixture } from '@firecamp/core/conformance';
import { effectMutants, type Replace } from './generic-mutants.ts';
import {
  all,
  changed,
  fault,
  landsBy,
  type Mutant,
  type Mutants,
  type Overrides,
  onError,
  override,
} from './mutate.ts';

/** Both clients broken alike; `secrets` is the sound one. */
const broken =
  (make: (secrets: SecretStore) => Overrides<SecretStore>): Mutant<SecretFixture> =>
  (fixture) => {
    const overrides = make(fixture.secrets);
    return {
      ...fixture,
      secrets: override(fixture.secrets, overrides),
      peer: override(fixture.peer, overrides),
    };
  };

const replace: Replace<SecretFixture> = (fixture, change) => ({
  ...fixture,
  secrets: change(fixture.secrets),
});

const changedValue = (change: (value: string) => string): Mutant<SecretFixture> =>
  broken(() => ({
    read: async (next, name, version, call) =>
      new Secret(change((await next(name, version, call)).reveal())),
  }));

/** A secret that tells itself to whoever prints it. */
class ToldSecret extends Secret {
  override [Symbol.toPrimitive](): string {
    return this.reveal();
  }
}

export const secretMutants: Mutants<SecretFixture> = {
  'secret.create.read-back': changedValue((value) => value.trimEnd()),
  'secret.create.never-overwrites': broken(() => ({
    create: async (next, name, value, options) => {
      const first = await next(name, value, options);
      return { ...first, version: first.version };
    },
    addVersion: (next, name, value, options) => next(name, value, options),
    read: overwritten(),
  })),
  'secret.create.two-callers': broken(() => {
    let count = 0;
    return {
      create: async (next, name, value, options) => {
        count += 1;
        const mine = `${count}`;
        return { ...(await next(name, value, options)), version: mine };
      },
    };
  }),
  'secret.create.late': landsBy(async ({ secrets }) => {
    const effect = { permit: countingPermit() };
    for (const name of await all(secrets.list(''))) {
      await secrets.remove(name, effect);
      await secrets.create(name, new Secret('late'), effect);
    }
  }),
  'secret.read.absent': broken(() => ({
    addVersion: (next, name, value, options) =>
      onError(next(name, value, options), 'NOT_FOUND', () => ({ name, version: '1' })),
  })),
  'secret.invalid': broken(() => ({
    create: (next, name, value, options) =>
      onError(next(name, value, options), 'INVALID_ARGUMENT', () => {
        throw Object.assign(fault('INVALID_ARGUMENT'), { message: `bad: ${value.reveal()}` });
      }),
  })),
  'secret.hidden': broken(() => ({
    read: async (next, name, version, call) =>
      new ToldSecret((await next(name, version, call)).reveal()),
  })),
  'secret.version.added': broken(() => ({
    read: async (next, name, version, call) =>
      version === undefined ? next(name, '1', call) : next(name, version, call),
  })),
  'secret.version.together': broken(() => {
    let last: SecretVersion | null = null;
    return {
      addVersion: async (next, name, value, options) => {
        const added = await next(name, value, options);
        // The number of a version is counted before it is written, by each caller alone.
        last = last?.name === name ? last : added;
        return last;
      },
    };
  }),
  'secret.version.retired': broken(() => ({ retireVersion: async () => {} })),
  'secret.remove.gone': broken(() => ({
    remove: async (next, name, options) => {
      await next(name, options);
      await next(`${name}-2`, options);
    },
  })),
  'secret.remove.new-life': broken(() => {
    const dead = new Set<SecretName>();
    return {
      remove: async (next, name, options) => {
        dead.add(name);
        await next(name, options);
      },
      create: async (next, name, value, options) => {
        if (dead.has(name)) throw fault('ALREADY_EXISTS');
        return next(name, value, options);
      },
    };
  }),
  'secret.list.prefix': broken(() => ({
    list: (next, prefix, call) =>
      changed(next('', call), (names) =>
        names.filter((name) => name.includes(prefix.slice(0, -1))),
      ),
  })),
  ...effectMutants('secret', replace),
};

/** The newest value ever given to a name stands for all its versions. */
function overwritten(): NonNullable<Overrides<SecretStore>['read']> {
  return async (next, name, _version, call) => next(name, undefined, call);
}
