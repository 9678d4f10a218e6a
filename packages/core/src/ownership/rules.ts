/**
 * The sentences of the ownership protocol that were each found to be needed, as switches: without
 * one of them data is lost, two write, or a member is stuck for ever. All are on in production; the
 * simulator alone turns one off at a time, to show that it notices. Only pure deciders, the permit
 * and the step that changes a name read them.
 */
export interface ProtocolRules {
  /** What a volume is held by is written to the record after acquire and before mount. */
  readonly holderTokenRecorded: boolean;
  /** No mount, no address and no `mounted` while `unfenced` is not empty. */
  readonly nothingWhileUnfenced: boolean;
  /** A lease that is not null is waited out in every phase, unless its boot is proven gone. */
  readonly leaseWaitedOut: boolean;
  /** That a beat does not list a member says nothing about it. */
  readonly absenceProvesNothing: boolean;
  /** An entry of `unfenced` that a backend named leaves only by the backend's word. */
  readonly backendNamedLeavesByBackend: boolean;
  /** A task is stopped when the runtime says that it ended or can never start; not when no process is seen. */
  readonly stoppedMeansRuntimeSays: boolean;
  /** A `releasing` record that does not change gets a fence order from the manager. */
  readonly stuckReleasingGetsOrder: boolean;
  /** An agent claims nothing before its first beat is acknowledged. */
  readonly noClaimBeforeFirstBeat: boolean;
  /** A returning node re-writes what it owns before it beats normally; claimants read the record, then the beat. */
  readonly returningTouchesFirst: boolean;
  /** An order that names an older generation counts as none. */
  readonly staleOrderIsNone: boolean;
  /** A claim keeps the entries of `unfenced` that earlier claimants left. */
  readonly unfencedCarriedOver: boolean;
  /** What the backends name as holders is fenced too, not only what the record names. */
  readonly observedHoldersFenced: boolean;
  /** A new boot of the same machine proves that the one before has ended. */
  readonly rebootIsProof: boolean;
  /** The permit is asked before every attempt, not once before the first. */
  readonly permitPerAttempt: boolean;
  /** A move of this agent's own earlier incarnation is a stranger's. */
  readonly ownIncarnationIsStranger: boolean;
  /** Nothing is fenced before the claim. */
  readonly claimBeforeDetach: boolean;
  /** A permit in phase `mounted` takes a lease by compare-and-set. */
  readonly mountedPermitByCas: boolean;
  /** Only a recorded intent formats a volume. */
  readonly formatOnlyByIntent: boolean;
  /** No decision reads the time of day. */
  readonly noWallClock: boolean;
  /** A fence that expires is renewed for as long as the fenced boot may live. */
  readonly fencesRenewed: boolean;
  /** A fence is lifted once the fenced boot is proven to have ended, and not before. */
  readonly fenceStandsUntilBootEnds: boolean;
  /** A database that cannot be reached stops no member. */
  readonly silenceStopsNothing: boolean;
  /** A member with isolation is ended when no beat was acknowledged for so long. */
  readonly silenceStopsIsolated: boolean;
  /** That a member with isolation must have been ended by now proves nothing of the sort. */
  readonly expiredLeaseProvesNothing: boolean;
  /** A program with isolation runs only under the watchdog of its node, where there is one. */
  readonly watchdogKeepsIsolated: boolean;
  /** A new owner changes the name although it says the right thing already: its generation rises. */
  readonly nameGenerationRises: boolean;
  /** A unit that a late request has changed is set again, where the orchestrator refuses none. */
  readonly unitsSetAgain: boolean;
  /** An operation that another manager runs is taken over only after the end of its lease. */
  readonly operationLeaseWaitedOut: boolean;
  /** A restart takes no member down while more of the others are not ready than may be. */
  readonly othersReadyBeforeStop: boolean;
}

/** What production runs with. */
export const PROTOCOL_RULES: ProtocolRules = {
  holderTokenRecorded: true,
  nothingWhileUnfenced: true,
  leaseWaitedOut: true,
  absenceProvesNothing: true,
  backendNamedLeavesByBackend: true,
  stoppedMeansRuntimeSays: true,
  stuckReleasingGetsOrder: true,
  noClaimBeforeFirstBeat: true,
  returningTouchesFirst: true,
  staleOrderIsNone: true,
  unfencedCarriedOver: true,
  observedHoldersFenced: true,
  rebootIsProof: true,
  permitPerAttempt: true,
  ownIncarnationIsStranger: true,
  claimBeforeDetach: true,
  mountedPermitByCas: true,
  formatOnlyByIntent: true,
  noWallClock: true,
  fencesRenewed: true,
  fenceStandsUntilBootEnds: true,
  silenceStopsNothing: true,
  silenceStopsIsolated: true,
  expiredLeaseProvesNothing: true,
  watchdogKeepsIsolated: true,
  nameGenerationRises: true,
  unitsSetAgain: true,
  operationLeaseWaitedOut: true,
  othersReadyBeforeStop: true,
};
