import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MemberFacts, MemberFile, Recipe } from '@firecamp/catalog';
import { Secret } from '@firecamp/core';
import { expect } from 'vitest';

/** Three members on static addresses, seen from the one of that ordinal. */
export function factsOf<Spec>(spec: Spec, ordinal: number, service = 'pg'): MemberFacts<Spec> {
  const names = [0, 1, 2].map((each) => ({
    ordinal: each,
    name: `${service}-${each}`,
    dnsName: `${service}-${each}.c1.internal`,
    address: `127.10.0.${each + 1}`,
  }));
  return {
    cluster: 'c1',
    service,
    ordinal,
    name: `${service}-${ordinal}`,
    dnsName: `${service}-${ordinal}.c1.internal`,
    address: `127.10.0.${ordinal + 1}`,
    leader: 0,
    members: names.length,
    peers: names.filter((each) => each.ordinal !== ordinal),
    spec,
    paths: {
      volumes: { data: '/volumes/data', journal: '/volumes/journal' },
      files: '/files',
      secrets: '/secrets',
    },
    secretVersions: {},
  };
}

/** Each secret of the recipe, under a value that names it. */
export function secretsOf<Spec>(recipe: Recipe, spec: Spec): Readonly<Record<string, Secret>> {
  const { secrets } = recipe.wanted(spec as never, 3);
  return Object.fromEntries(secrets.map(({ name }) => [name, new Secret(`the-${name}-secret`)]));
}

/** Every generated file is as in `golden/<folder>`, and no other file is there. */
export async function expectGolden(folder: string, files: readonly MemberFile[]): Promise<void> {
  const root = join(import.meta.dirname, 'golden', folder);
  const paths = files.map(({ place, path }) => join(place.replace(':', '-'), path));
  for (const [index, { content }] of files.entries()) {
    await expect(content).toMatchFileSnapshot(join(root, paths[index] ?? ''));
  }
  const found = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  expect(found.sort()).toEqual([...paths].sort());
}
