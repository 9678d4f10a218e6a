import type { LoadedAdapter } from '@firecamp/compose';
import type { JsonObject } from '@firecamp/core';
import { openSetting } from '../cluster/setting.ts';
import type { Command } from '../command.ts';
import { table } from '../output/table.ts';

export const adaptersList: Command = {
  examples: [
    ['firecamp adapters', 'which adapters and recipes the configuration names'],
    ['firecamp adapters --output json', 'the same with their capabilities'],
  ],
  run: async (context) => {
    const { adapters, catalog } = await openSetting(await context.configuration(), context.io);
    const seams = Object.entries(adapters.seams).map(([seam, loaded]) => ({ seam, loaded }));
    const fencers = adapters.fencers.map((loaded) => ({ seam: 'fencer', loaded }));
    const all = [...seams, ...fencers];
    const recipes = catalog.recipes.map((name) => catalog.recipe(name));
    const rows = all.map(({ seam, loaded }) => [
      seam,
      loaded?.definition.name ?? 'none',
      loaded === null ? '-' : `${loaded.choice.package}#${loaded.choice.exported}`,
    ]);
    const text = [
      table(['SEAM', 'ADAPTER', 'PACKAGE'], rows),
      '',
      table(
        ['RECIPE', 'WHAT IT IS'],
        recipes.map(({ name, summary }) => [name, summary]),
      ),
    ].join('\n');
    context.print(
      {
        adapters: all.map(({ seam, loaded }) => adapterView(seam, loaded)),
        recipes: recipes.map(({ name, summary, proven, membersMin, membersMax }) => ({
          name,
          ...{ summary, proven, membersMin, membersMax },
        })),
      },
      text,
    );
    return 0;
  },
};

function adapterView(seam: string, loaded: LoadedAdapter | null): JsonObject {
  if (loaded === null) return { seam, name: null, package: null, export: null, capabilities: null };
  const { choice, definition } = loaded;
  return {
    seam,
    name: definition.name,
    package: choice.package,
    export: choice.exported,
    capabilities: definition.capabilities as JsonObject,
  };
}
