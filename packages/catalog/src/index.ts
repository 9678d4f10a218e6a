export type {
  Health,
  HookContext,
  MemberFacts,
  MemberFile,
  MemberPaths,
  Peer,
  Recipe,
  RecipeHooks,
} from './recipe.ts';
