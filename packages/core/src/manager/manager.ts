import type { Listing, Unreadable } from '../database/listing.ts';
import type { JsonObject } from '../json.ts';
import type { BeatMember, BeatRecord } from '../model/beat.ts';
import type { MemberRecord } from '../model/member.ts';
import type { MemberRef } from '../model/member-ref.ts';
import type { NodeFacts } from '../model/node.ts';
import type { OperationRecord } from '../model/operation.ts';
import type { DeletionPolicy, ServiceRecord } from '../model/service.ts';
import type { OrchestratorNode, Task } from '../orchestrator/orchestrator.ts';
import type { CallOptions } from '../permit.ts';
import { type Token, token } from '../token.ts';

/** What every request for a change says of itself. */
export interface ChangeRequest {
  /** Chosen by the caller, `[a-z0-9-]{1,63}`: a repeat with it is the same operation. */
  readonly request: string;
  /** Who asks, for the record: for example `person/ada`. */
  readonly who: string;
  /** Why, for the record; may be empty. */
  readonly why: string;
}

/** A service that somebody wants. */
export interface CreateRequest extends ChangeRequest {
  readonly name: string;
  readonly recipe: string;
  /** As the recipe's `parse` takes it; `{}` for all defaults. */
  readonly spec: JsonObject;
  readonly members: number;
  readonly addressing: 'static' | 'name';
  readonly deletion: DeletionPolicy;
}

/** A change of a service that exists. */
export interface ServiceRequest extends ChangeRequest {
  /** The service's name. */
  readonly service: string;
}

/** Deletion names its policy, which replaces the service's own unless that is `protect`. */
export interface DeleteRequest extends ServiceRequest {
  readonly deletion: 'retain' | 'wipe' | null;
}

/** Restarts one member, or all in order. */
export interface RestartRequest extends ServiceRequest {
  /** Null for all. */
  readonly ordinal: number | null;
  /** True: also while other members are not ready. Left out, it waits for them. */
  readonly anyway?: boolean;
}

/** Lets another node claim a member although its owner beats. */
export interface OrderRequest {
  readonly member: MemberRef;
  readonly kind: 'move' | 'fence';
  readonly by: string;
  readonly reason: string;
}

/** A person's word that a former holder, which nothing proves to have stopped, will not write. */
export interface RiskRequest {
  readonly member: MemberRef;
  /** Which the person has seen: the word counts for no other. */
  readonly generation: number;
  /** The node that holds it or did; every run of it that is named and does not beat is meant. */
  readonly node: string;
  readonly by: string;
  /** How the person knows. */
  readonly reason: string;
}

/** One member as all sources together show it. */
export interface MemberStatus {
  readonly record: MemberRecord;
  /** What its owner's node says of it at this generation; null where it says nothing. */
  readonly beat: BeatMember | null;
  /** Its newest task; null where there is none. */
  readonly task: Task | null;
  readonly ready: boolean;
}

/** A service as all sources together show it. */
export interface ServiceStatus {
  readonly service: ServiceRecord;
  readonly members: readonly MemberStatus[];
  readonly operation: OperationRecord | null;
  /** Members that are there and cannot be read, and beats that say nothing of those who own them. */
  readonly unreadable: readonly Unreadable[];
}

/** A node as all sources together show it. */
export interface NodeStatus {
  readonly id: string;
  /** Null for a node whose agent never registered, or whose record cannot be read. */
  readonly facts: NodeFacts | null;
  readonly beat: BeatRecord | null;
  /** Null for a node that the orchestrator does not list. */
  readonly orchestrator: OrchestratorNode | null;
}

/** Why a member is as it is, and what to do about it. */
export interface Explanation {
  readonly member: MemberRecord;
  /** Sentences, the most telling first. */
  readonly facts: readonly string[];
  /** What goes on by itself, whom it waits for and about how long; empty where nothing does. */
  readonly waitsFor: readonly string[];
  /** What to type; empty when nothing is in the way. */
  readonly remedies: readonly string[];
}

/**
 * What an embedder calls, and the loops of the daemon. Any number of managers may work on one
 * cluster: each act is under the lease of its subject.
 *
 * Methods that record an operation return once it is durable; {@link run}, of this or any other
 * manager, carries it out. They reject with `INVALID_ARGUMENT`, `NOT_FOUND`, `CONFLICT` (another
 * operation works on the service; the message names it) and the codes of the database. What rests on
 * a record that cannot be read rejects with `CORRUPT` or, where a newer program wrote it,
 * `FAILED_PRECONDITION`, and the message names the record; lists have it beside their items.
 */
export interface Manager {
  /** @throws `ALREADY_EXISTS` - another service has the name. */
  create(request: CreateRequest): Promise<OperationRecord>;
  /** @throws `FAILED_PRECONDITION` - the service is protected. */
  delete(request: DeleteRequest): Promise<OperationRecord>;
  start(request: ServiceRequest): Promise<OperationRecord>;
  stop(request: ServiceRequest): Promise<OperationRecord>;
  restart(request: RestartRequest): Promise<OperationRecord>;

  operations(call?: CallOptions): Promise<Listing<OperationRecord>>;
  /** @throws `NOT_FOUND` - no such operation. */
  operation(id: string, call?: CallOptions): Promise<OperationRecord>;
  /** Takes a failed operation up again; one that is under way or done is returned as it is. */
  resume(id: string): Promise<OperationRecord>;
  /** Asks the runner to stop after the steps in flight. Ended already: as it is. */
  cancel(id: string): Promise<OperationRecord>;
  /**
   * Waits until the operation has ended, `onChange` seeing each state on the way, the last too.
   * With `work`, this manager carries it out itself when no other does.
   */
  follow(
    id: string,
    onChange: (operation: OperationRecord) => void,
    options?: CallOptions & { readonly work?: boolean },
  ): Promise<OperationRecord>;

  services(call?: CallOptions): Promise<Listing<ServiceRecord>>;
  /** @throws `NOT_FOUND` - no service of that name. */
  status(service: string, call?: CallOptions): Promise<ServiceStatus>;
  nodes(call?: CallOptions): Promise<Listing<NodeStatus>>;
  /** @throws `NOT_FOUND` - no such member. */
  explain(member: MemberRef, call?: CallOptions): Promise<Explanation>;
  /** @throws `NOT_FOUND` - no such member. @throws `FAILED_PRECONDITION` - nobody owns it. */
  order(request: OrderRequest): Promise<MemberRecord>;

  /**
   * Records the word of a person in place of a proof. If it is wrong, two may write, and data is
   * lost: it is for a node that a person knows to be off. What a backend names as a holder stays.
   *
   * @throws `NOT_FOUND` - no such member.
   * @throws `CONFLICT` - it has another generation by now, or waits for no such node.
   * @throws `FAILED_PRECONDITION` - that node beats.
   */
  acceptRisk(request: RiskRequest): Promise<MemberRecord>;

  /**
   * Resumes operations, watches beats, fences: until the signal fires. What fails is tried again
   * and told to the event sink; it never rejects because of a backend.
   */
  run(signal: AbortSignal): Promise<void>;
}

export const Manager: Token<Manager> = token('Manager');
