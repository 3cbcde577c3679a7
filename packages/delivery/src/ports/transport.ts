import type { Message } from "./message.js";

/**
 * What became of one message of a batch:
 * - `delivered`: the receiver has taken responsibility for it.
 * - `retry`: it may be sent again, after `retryAfterMs` at the earliest where the receiver said so.
 * - `rejected`: no attempt will ever succeed (too large, refused, malformed); it goes to `onDeadLetter`.
 */
export type SendResult =
  | { readonly status: "delivered" }
  | { readonly status: "retry"; readonly error: Error; readonly retryAfterMs?: number | undefined }
  | { readonly status: "rejected"; readonly error: Error };

/**
 * The part that differs between sinks: a connection, and sending one batch over it. The runtime around it queues,
 * batches, retries, counts, flushes and closes.
 */
export interface Transport {
  /**
   * Establishes the connection; called before the first batch and, after it failed, again with backoff, for ever. What
   * breaks later is the transport's own to mend. Must settle soon after `signal` aborts, which happens at the attempt's
   * timeout and at close, and leave nothing open then. Absent where there is nothing to establish.
   */
  connect?(signal: AbortSignal): Promise<void>;
  /**
   * Names the messages that the receiver takes best together, such as those of one partition: a batch holds messages of
   * one group, as far as that is known. Absent where any messages may share a batch.
   *
   * Called often, and before `connect` has settled: it must be cheap, and answer something for every
   * message. What has the same key should share a group. An answer is believed until the message's key was in a batch,
   * or `connect` has succeeded, so `send` must be able to take a batch of several groups.
   */
  groupOf?(message: Message): string;
  /**
   * Sends a batch and answers one result for each message, in the batch's order. A rejected promise counts as `retry`
   * for all of them. After a `retry`, later messages with its key must be `retry` too. Must settle soon after `signal`
   * aborts, which happens at the attempt's timeout and at close: a second later its answer counts for nothing. Several
   * calls may be under way; no two hold messages of the same key.
   */
  send(batch: readonly Message[], signal: AbortSignal): Promise<readonly SendResult[]>;
  /** Releases what `connect` opened. Called once, after the last `connect` and `send` have settled. */
  close?(): Promise<void>;
}
