import type { JsonObject } from '../json.ts';
import type { Isolation } from '../model/isolation.ts';
import type { ServiceRecord } from '../model/service.ts';
import type { Program, UnitPort } from '../orchestrator/orchestrator.ts';
import { type Token, token } from '../token.ts';

/** What a recipe wants for one member: a pure function of the service's record. */
export interface WantedMember {
  readonly ordinal: number;
  readonly program: Program;
  readonly ports: readonly UnitPort[];
  readonly volumes: readonly { readonly role: string; readonly sizeBytes: number }[];
  /** Null where it is not bounded. */
  readonly memoryBytesMax: number | null;
  readonly cpuMillisMax: number | null;
}

/** What a recipe wants for a service as a whole. */
export interface WantedService {
  readonly members: readonly WantedMember[];
  /** Generated once and stored by reference; `bytes` of chance, written as base64url. */
  readonly secrets: readonly { readonly name: string; readonly bytes: number }[];
  /** `leader-first`: the others start when the leader is ready. */
  readonly startOrder: 'parallel' | 'leader-first';
  /** Left out: silence stops no member. */
  readonly isolation?: Isolation;
  /** Left out: `leader-last`. What is not ready is restarted before all others, whoever it is. */
  readonly restartOrder?: 'leader-last' | 'leader-first';
  /**
   * How many members may be down when a restart takes one down, that one and those that are not
   * ready by themselves among them: at least 1. The leader is never taken down beside another.
   */
  readonly unavailableMax: number;
}

/** All recipes, as core needs them. */
export interface Catalog {
  /** The recipes' names, in order. */
  readonly recipes: readonly string[];

  /**
   * The spec with every default filled in.
   *
   * @param addressing - as in the service's record; left out, `static`.
   * @throws `NOT_FOUND` - no such recipe; the message names those there are.
   * @throws `INVALID_ARGUMENT` - whose `subject.key` names the key of the spec.
   */
  parse(
    recipe: string,
    spec: unknown,
    members: number,
    addressing?: ServiceRecord['addressing'],
  ): JsonObject;

  /** Pure and total for every record whose spec came from {@link parse}. */
  wanted(service: ServiceRecord): WantedService;
}

export const Catalog: Token<Catalog> = token('Catalog');
