import {
  type Catalog,
  FireCampError,
  type JsonObject,
  type ServiceRecord,
  type WantedService,
} from '@firecamp/core';
import type { Addressing, Recipe } from './recipe.ts';

/** The catalog with the recipes themselves, for the agent, which runs their hooks. */
export interface Recipes extends Catalog {
  /** @throws `NOT_FOUND` - no such recipe; the message names those there are. */
  recipe(name: string): Recipe;
}

const RECIPE_NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** A catalog of these recipes. Two of one name, or a name out of form, is a bug of the caller. */
export function createCatalog(recipes: readonly Recipe[]): Recipes {
  const byName = new Map(recipes.map((recipe) => [recipe.name, recipe]));
  const bad = recipes.find(({ name }) => !RECIPE_NAME.test(name));
  if (bad !== undefined) throw new TypeError(`${bad.name} is no name for a recipe`);
  if (byName.size !== recipes.length) throw new TypeError('two recipes have one name');
  const names = [...byName.keys()].sort();

  const find = (name: string): Recipe => {
    const recipe = byName.get(name);
    if (recipe !== undefined) return recipe;
    throw new FireCampError(
      'NOT_FOUND',
      `there is no recipe ${JSON.stringify(name)}; there are: ${names.join(', ')}`,
      { operation: 'Catalog.recipe', subject: { recipe: name } },
    );
  };
  return {
    recipes: names,
    recipe: find,
    parse: (
      name: string,
      spec: unknown,
      members: number,
      addressing: Addressing = 'static',
    ): JsonObject => find(name).parse(spec, checkMembers(find(name), members), addressing),
    wanted: (service: ServiceRecord): WantedService =>
      find(service.recipe).wanted(service.spec, service.members),
  };
}

function checkMembers(recipe: Recipe, members: number): number {
  const { name, membersMin, membersMax } = recipe;
  if (Number.isSafeInteger(members) && members >= membersMin && members <= membersMax) {
    return members;
  }
  throw new FireCampError(
    'INVALID_ARGUMENT',
    `${name}: ${members} members, expected a whole number from ${membersMin} to ${membersMax}`,
    { operation: 'Catalog.parse', subject: { key: 'members' } },
  );
}
