import { compose, provide } from '@firecamp/compose';
import { type Token, token } from '@firecamp/core';
import { expect, test } from 'vitest';

interface Part extends AsyncDisposable {
  readonly name: string;
}
interface Wheel {
  readonly spokes: number;
}

const Disk: Token<Part> = token('test/Disk');
const Store: Token<Part> = token('test/Store');
const Server: Token<Part> = token('test/Server');
const Wheel: Token<Wheel> = token('test/Wheel');
const Nothing: Token<Wheel | null> = token('test/Nothing');

function parts(): { readonly closed: string[]; part(name: string): Part } {
  const closed: string[] = [];
  const part = (name: string): Part => ({
    name,
    [Symbol.asyncDispose]: async () => {
      closed.push(name);
    },
  });
  return { closed, part };
}

test('a thing is made once, after what it needs', () => {
  const made: string[] = [];
  const { part } = parts();
  const note = (name: string): Part => {
    made.push(name);
    return part(name);
  };
  const root = compose(
    provide(Server, [Store, Disk], (store, disk) => note(`server on ${store.name}, ${disk.name}`)),
    provide(Store, [Disk], (disk) => note(`store on ${disk.name}`)),
    provide(Disk, [], () => note('disk')),
  );

  root.get(Server);
  root.get(Server);
  root.get(Disk);

  expect(made).toEqual(['disk', 'store on disk', 'server on store on disk, disk']);
});

test('closing closes what was made, newest first, and nothing else', async () => {
  const { closed, part } = parts();
  const root = compose(
    provide(Server, [Store], () => part('server')),
    provide(Store, [], () => part('store')),
    provide(Disk, [], () => part('disk')),
  );
  root.get(Server);

  await root[Symbol.asyncDispose]();

  expect(closed).toEqual(['server', 'store']);
});

test('one that fails to close does not keep the others open', async () => {
  const { closed, part } = parts();
  const root = compose(
    provide(Store, [Disk], () => ({
      name: 'store',
      [Symbol.asyncDispose]: () => Promise.reject(new Error('stuck')),
    })),
    provide(Disk, [], () => part('disk')),
  );
  root.get(Store);

  await expect(root[Symbol.asyncDispose]()).rejects.toThrow('stuck');

  expect(closed).toEqual(['disk']);
});

test('a maker that throws half-way leaves what was made to be closed', async () => {
  const { closed, part } = parts();
  const root = compose(
    provide(Server, [Store], () => part('server')),
    provide(Store, [Disk], () => {
      throw new Error('no room');
    }),
    provide(Disk, [], () => part('disk')),
  );

  expect(() => root.get(Server)).toThrow('no room');
  await root[Symbol.asyncDispose]();

  expect(closed).toEqual(['disk']);
});

test('a thing may be null', () => {
  const root = compose(provide(Nothing, [], () => null));

  expect(root.get(Nothing)).toBeNull();
});

test('a thing that is provided twice is refused by name', () => {
  const { part } = parts();
  const disk = provide(Disk, [], () => part('disk'));

  expect(() => compose(disk, disk)).toThrow(new TypeError('test/Disk is provided twice'));
});

test('a thing that nothing provides is refused by name', () => {
  const { part } = parts();
  const root = compose(provide(Store, [Disk], () => part('store')));

  expect(() => root.get(Disk)).toThrow(new TypeError('nothing provides test/Disk'));
  expect(() => root.get(Store)).toThrow(/test\/Disk/);
});

test('wrong wiring does not compile', () => {
  const { part } = parts();

  // @ts-expect-error - it makes a part where a wheel is promised.
  provide(Wheel, [], () => part('disk'));
  // @ts-expect-error - what it needs is a part, not a wheel.
  provide(Store, [Disk], (disk: Wheel) => part(String(disk.spokes)));
  // @ts-expect-error - it takes two things and needs one.
  provide(Store, [Disk], (disk: Part, wheel: Wheel) => part(`${disk.name} ${wheel.spokes}`));
  // @ts-expect-error - a promise is not the thing.
  provide(Store, [], async () => part('store'));
  // @ts-expect-error - a symbol that is no token.
  provide(Symbol('disk'), [], () => part('disk'));

  provide(Store, [Disk, Wheel], (disk, wheel) => part(`${disk.name} ${wheel.spokes}`));
});
