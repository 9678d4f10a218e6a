import type { MemberUser, Recipes } from '@firecamp/catalog';
import type { Database, JsonObject, SecretStore } from '@firecamp/core';
import type { CaredMember, MemberCare } from '../member-care.ts';

/** All that care is made from. */
export interface CareParts {
  readonly catalog: Recipes;
  readonly database: Database;
  readonly secrets: SecretStore;
  /** Whom the members' programs run as; null where that is the agent's own user. */
  readonly user: MemberUser | null;
  /** Absolute. Holds a folder for each member, which may be lost at any time. */
  readonly stateFolder: string;
  /** Absolute, on a filesystem in memory where there is one. As {@link stateFolder}. */
  readonly secretsFolder: string;
  /** What each program that a hook runs gets, and nothing else; never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * The address that the name has now; null where the name has none. Asked anew each time.
   * Rejecting says that it cannot be known: the last answer then stands.
   */
  readonly resolve: (name: string, signal: AbortSignal) => Promise<string | null>;
  /**
   * Where this node reaches what listens at an address of another member; left out, at that
   * address itself.
   */
  readonly reach?: (address: string) => string;
  /** One line for people, about the member of that name. */
  readonly log: (member: string, text: string) => void;
}

/** A hook that an operation asks for, with what it takes. */
export type HookCall =
  | { readonly hook: 'leave' }
  | { readonly hook: 'failover' }
  | { readonly hook: 'switchover'; readonly to: number }
  | { readonly hook: 'backup'; readonly folder: string };

/** {@link MemberCare}, and what operations need besides. */
export interface Care extends MemberCare {
  /**
   * Runs a hook once, while the member's program runs.
   *
   * @returns what `backup` gives to be kept; null of all others.
   * @throws `UNSUPPORTED` - the recipe has no such hook.
   * @throws `NOT_FOUND` - there is no member `to`.
   */
  act(member: CaredMember, call: HookCall, signal: AbortSignal): Promise<JsonObject | null>;
}
