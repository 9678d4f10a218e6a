/** A command line that says nothing which can be done. The message is for the person. */
export class UsageFault extends Error {
  override readonly name: string = 'UsageFault';
  /** The command that was asked for, whose help says more; empty where there is none. */
  readonly command: string;

  constructor(message: string, command: string = '') {
    super(message);
    this.command = command;
  }
}
