export { createCatalog, type Recipes } from './catalog.ts';
export { postgresql } from './postgresql/recipe.ts';
export type { PostgresqlSpec } from './postgresql/spec.ts';
export type {
  Health,
  HookContext,
  MemberFacts,
  MemberFile,
  MemberPaths,
  MemberUser,
  Peer,
  Recipe,
  RecipeHooks,
  RunOptions,
} from './recipe.ts';
