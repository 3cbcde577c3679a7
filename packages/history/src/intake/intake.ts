/** A message as a consumer, a subscriber or a request hands it over. */
export interface IntakeMessage {
  /** JSON as text or bytes, or what `JSON.parse` made of it: one event, or an array of them. */
  readonly value: unknown;
  /** Where it came from, such as a stream: dead letters are named after it. */
  readonly source: string;
  /** Its place in the stream; null without one. */
  readonly sequence: number | null;
}

/** What has become of messages: they are the sum of all. */
export interface IntakeResult {
  readonly stored: number;
  readonly duplicate: number;
  /** From before the retention's cutoff. */
  readonly ignored: number;
  /** Dead letters. */
  readonly refused: number;
}

/** Where consumers hand messages over. */
export interface Intake {
  /**
   * Resolves when all messages are committed, as events or as dead letters: only then acknowledge them. A rejected
   * promise says that they may not be: offer them again.
   *
   * @throws {TypeError} where a message has no source
   */
  intake(messages: readonly IntakeMessage[]): Promise<IntakeResult>;
  /** Resolves when there is room for more: wait for it before you read on. */
  room(): Promise<void>;
}
