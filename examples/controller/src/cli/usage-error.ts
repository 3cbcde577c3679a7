/** Something that whoever started the program can mend: its message is all that they are shown. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
