import type { DeliveryFailure } from "./failure.js";
import type { Message } from "./ports/message.js";
import type { Outbox } from "./ports/outbox.js";
import type { DropReason } from "./stats.js";

/**
 * What happens to a message that finds the memory full:
 * - `drop-newest`: it is dropped. What waits already has been waiting longer.
 * - `drop-oldest`: the messages that have waited longest make room; what is under way stays.
 * - `block-spill`: it stays in the outbox alone and is read back when there is room. Nothing blocks, least of all the
 *   controller: only the outbox's own bound can make it drop.
 */
export type OverflowPolicy = "drop-newest" | "drop-oldest" | "block-spill";

/** When to try again: exponential backoff with full jitter, each delay a random part of the bound for its attempt. */
export interface RetryOptions {
  /** Bound of the first delay, in milliseconds; doubles with each attempt. 1 or more. Default 100. */
  readonly initialDelayMs?: number | undefined;
  /** The greatest bound, in milliseconds. Default 30,000. */
  readonly maxDelayMs?: number | undefined;
  /** Attempts for one message, the first included; then it goes to `onDeadLetter`. 1 or more. Default `Infinity`. */
  readonly maxAttempts?: number | undefined;
}

/** What every sink accepts, beside its own options. */
export interface DeliveryOptions {
  /** Messages held in memory, waiting or under way. 1 or more. Default 10,000. */
  readonly maxQueueMessages?: number | undefined;
  /** Bytes held in memory, waiting or under way; see {@link messageBytes}. 1 or more. Default 64 MiB. */
  readonly maxQueueBytes?: number | undefined;
  /** Messages in one batch. 1 or more. Each sink has its own default; the runtime's is 500. */
  readonly maxBatchMessages?: number | undefined;
  /** Bytes in one batch. A message that alone is larger is dropped as `too_large`. 1 or more. Default 1 MiB. */
  readonly maxBatchBytes?: number | undefined;
  /** How long a message waits for its batch to fill, in milliseconds. 0 or more. Default 5. */
  readonly lingerMs?: number | undefined;
  /** Batches under way at once. 1 or more. Each sink has its own default; the runtime's is 4. */
  readonly maxInFlight?: number | undefined;
  /** How long connecting, or sending one batch, may take, in milliseconds. 1 or more. Default 30,000. */
  readonly attemptTimeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Default: `block-spill` with an outbox, `drop-newest` without. */
  readonly overflow?: OverflowPolicy | undefined;
  /** Keeps what was accepted across crashes and restarts. One outbox belongs to one sink, which opens and closes it. */
  readonly outbox?: Outbox | undefined;
  /**
   * Takes each message that was given up as `rejected`, `attempts_exhausted` or `too_large`, before it is forgotten.
   * Must return at once; what it throws is reported to `onFailure`.
   */
  readonly onDeadLetter?: ((message: Message, reason: DropReason, error: Error) => void) | undefined;
  /** Takes what went wrong. Default: one line on the console's error stream. What it throws is ignored. */
  readonly onFailure?: ((failure: DeliveryFailure) => void) | undefined;
}

/** The options with every default in place. */
export interface ResolvedOptions {
  readonly maxQueueMessages: number;
  readonly maxQueueBytes: number;
  readonly maxBatchMessages: number;
  readonly maxBatchBytes: number;
  readonly lingerMs: number;
  readonly maxInFlight: number;
  readonly attemptTimeoutMs: number;
  readonly retry: { readonly initialDelayMs: number; readonly maxDelayMs: number; readonly maxAttempts: number };
  readonly overflow: OverflowPolicy;
}

const MEBIBYTE = 1_048_576;
/** The longest time that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws {TypeError} for a value that no delivery could work with. */
export function resolveOptions(options: DeliveryOptions): ResolvedOptions {
  const count = (name: string, value: number | undefined, fallback: number) =>
    checked(name, value ?? fallback, 1, Number.MAX_SAFE_INTEGER);
  const time = (name: string, value: number | undefined, fallback: number, least = 1) =>
    checked(name, value ?? fallback, least, MAX_TIMER_MS);
  const { retry = {}, outbox, overflow = outbox === undefined ? "drop-newest" : "block-spill" } = options;
  if (!["drop-newest", "drop-oldest", "block-spill"].includes(overflow)) {
    throw new TypeError('overflow must be "drop-newest", "drop-oldest" or "block-spill"');
  }
  if (overflow === "block-spill" && outbox === undefined) {
    throw new TypeError('overflow "block-spill" needs an outbox to spill into');
  }
  const maxAttempts = retry.maxAttempts ?? Number.POSITIVE_INFINITY;
  return {
    maxQueueMessages: count("maxQueueMessages", options.maxQueueMessages, 10_000),
    maxQueueBytes: count("maxQueueBytes", options.maxQueueBytes, 64 * MEBIBYTE),
    maxBatchMessages: count("maxBatchMessages", options.maxBatchMessages, 500),
    maxBatchBytes: count("maxBatchBytes", options.maxBatchBytes, MEBIBYTE),
    lingerMs: time("lingerMs", options.lingerMs, 5, 0),
    maxInFlight: count("maxInFlight", options.maxInFlight, 4),
    attemptTimeoutMs: time("attemptTimeoutMs", options.attemptTimeoutMs, 30_000),
    retry: {
      initialDelayMs: time("retry.initialDelayMs", retry.initialDelayMs, 100),
      maxDelayMs: time("retry.maxDelayMs", retry.maxDelayMs, 30_000),
      maxAttempts: maxAttempts === Number.POSITIVE_INFINITY ? maxAttempts : count("retry.maxAttempts", maxAttempts, 1),
    },
    overflow,
  };
}

function checked(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}`);
}
