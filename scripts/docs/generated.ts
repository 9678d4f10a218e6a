/** A file of the repository that is made by a program and kept under version control. */
export interface Generated {
  /** Relative to the checkout. */
  readonly path: string;
  readonly text: string;
}
