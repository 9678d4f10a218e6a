/** A rule of the design that a run broke. The message names member, nodes and generation. */
export class Violation extends Error {
  override readonly name: string = 'Violation';
  /** For example `S1`, as in the design. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}
