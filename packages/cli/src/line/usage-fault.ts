/** A command line that says nothing which can be done. The message is for the person. */
export class UsageFault extends Error {
  override readonly name: string = 'UsageFault';
}
