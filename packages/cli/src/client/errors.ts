/** What the command's exit status says. Documented in the README and `--help`. */
export const EXIT = {
  answered: 0,
  failed: 1,
  usage: 2,
  nothingToAsk: 3,
  notAllowed: 4,
  conditionHolds: 5,
} as const;

/** An error whose message is for the person at the terminal. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exit: number;

  constructor(exit: number, message: string) {
    super(message);
    this.exit = exit;
  }
}
