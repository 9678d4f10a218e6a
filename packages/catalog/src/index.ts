export { createCatalog, type Recipes } from './catalog.ts';
export { custom } from './custom/recipe.ts';
export type { CustomSpec, Ready } from './custom/spec.ts';
export { type RunnableOptions, runnablePrograms } from './postgresql/programs.ts';
export { createPostgresql, postgresql } from './postgresql/recipe.ts';
export type { PostgresqlSpec } from './postgresql/spec.ts';
export type {
  Addressing,
  Connection,
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
