import { describeError } from "@alumiini/core/adapter";
import type { Message } from "./message.js";

/**
 * What became of one message of a batch:
 * - `delivered`: the receiver has taken responsibility for it.
 * - `retry`: it may be sent again, after `retryAfterMs` at the earliest where the receiver said so. `busy` says that the
 *   receiver asks for less traffic (HTTP 429): that is no evidence against the message, and never counts as an attempt.
 * - `rejected`: no attempt will ever succeed (too large, refused, malformed); it goes to `onDeadLetter`.
 */
export type SendResult =
  | { readonly status: "delivered" }
  | {
      readonly status: "retry";
      readonly error: Error;
      readonly retryAfterMs?: number | undefined;
      readonly busy?: boolean | undefined;
    }
  | { readonly status: "rejected"; readonly error: Error };

/**
 * Whether a transport's link is up. The error is reported: of a link that is down, it says where it led to and why it is down;
 * of one that is up, it says why no message can be delivered as things are.
 */
export interface LinkState {
  readonly up: boolean;
  readonly error?: Error | undefined;
}

/**
 * The part that differs between sinks: a connection, and sending one batch over it. The runtime around it queues,
 * batches, retries, counts, flushes and closes.
 */
export interface Transport {
  /**
   * Establishes the connection; called before the first batch and, after each failure, again with backoff. What
   * breaks later is the transport's own to repair. Must settle soon after `signal` aborts, which happens at the attempt's
   * timeout and at close, and leave nothing open then. Absent where there is nothing to establish.
   */
  connect?(signal: AbortSignal): Promise<void>;
  /**
   * Names the messages that the receiver takes best together, such as those of one partition: a batch holds messages of
   * one group, as far as that is known. A group can also fail alone: only messages of the same group that pass are
   * evidence that one of them is bad. Absent where any messages may share a batch.
   *
   * Called often, and before `connect` has settled: it must be cheap, and return something for every
   * message. What has the same key should share a group. The result is kept until the message's key was in a batch,
   * or `connect` has succeeded, so `send` must be able to take a batch of several groups.
   */
  groupOf?(message: Message): string;
  /**
   * Sends a batch and returns one result for each message, in the batch's order. A rejected promise counts as `retry`
   * for all of them. After a `retry`, later messages with its key must be `retry` too. Must settle soon after `signal`
   * aborts, which happens at the attempt's timeout and at close: a second later its result is ignored. Several
   * calls may be under way; no two hold messages of the same key.
   */
  send(batch: readonly Message[], signal: AbortSignal): Promise<readonly SendResult[]>;
  /**
   * Called once, before `connect`: the transport calls back whenever the established link is lost or back, and with each
   * further error while it tries to repair it. Nothing is sent meanwhile, and `stats().connected` is false. Absent where
   * only `send` can tell.
   */
  followLink?(listener: (state: LinkState) => void): void;
  /** Releases what `connect` opened. Called once, after the last `connect` and `send` have settled. */
  close?(): Promise<void>;
}

const DELIVERED: SendResult = { status: "delivered" };

/**
 * Makes what a transport returned fit: one result for each message. A message without a proper result counts as to be
 * sent again: it must not be lost because a transport miscounted.
 */
export function readResults(returned: unknown, count: number): readonly SendResult[] {
  const given: readonly unknown[] = Array.isArray(returned) ? returned : [];
  const results: SendResult[] = [];
  for (let index = 0; index < count; index++) results.push(readResult(given[index]));
  return results;
}

function readResult(value: unknown): SendResult {
  if (typeof value === "object" && value !== null && "status" in value) {
    if (value.status === "delivered") return DELIVERED;
    const thrown = "error" in value ? value.error : undefined;
    const error = toError(thrown ?? "no reason given");
    if (value.status === "rejected") return { status: "rejected", error };
    if (value.status === "retry") {
      const after = "retryAfterMs" in value ? value.retryAfterMs : undefined;
      const retryAfterMs = typeof after === "number" && after > 0 ? after : undefined;
      return { status: "retry", error, retryAfterMs, busy: "busy" in value && value.busy === true };
    }
  }
  return { status: "retry", error: new Error("the transport gave no result for this message") };
}

/** What was thrown, as an error. Never throws, whatever it was. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describeError(thrown));
}
