/** Something that whoever started the program can fix: its message is all that they see. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
