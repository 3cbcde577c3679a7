import {
  callback,
  group,
  milliseconds,
  OptionError,
  objectWith,
  oneOf,
  type RulesFor,
  readOptions,
  readProperty,
  value,
  wholeNumber,
} from "@alumiini/core/adapter";
import type { DeliveryFailure } from "./failure.js";
import type { Message } from "./ports/message.js";
import type { Outbox } from "./ports/outbox.js";
import type { DropReason } from "./stats.js";

const OVERFLOW_POLICIES = ["drop-newest", "drop-oldest", "block-spill"] as const;

/**
 * What happens to a message that finds the memory full:
 * - `drop-newest`: it is dropped. What waits already has been waiting longer.
 * - `drop-oldest`: the messages that have waited longest make room; what is under way stays.
 * - `block-spill`: it stays in the outbox alone and is read back when there is room. Nothing blocks, least of all the
 *   controller: only the outbox's own bound can make it drop.
 *
 * A key that holds more than its share of a full memory makes room for the others first: see {@link DeliveryOptions}.
 */
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

/**
 * When to try again, and when to give a message up. Delays are exponential with full jitter, each a random part of the
 * bound for its attempt.
 */
export interface RetryOptions {
  /** Bound of the first delay, in milliseconds; doubles with each attempt. 1 or more. Default 100. */
  readonly initialDelayMs?: number | undefined;
  /** The greatest bound, in milliseconds. Default 30,000. */
  readonly maxDelayMs?: number | undefined;
  /**
   * Failed attempts after which a message is given up as `attempts_exhausted`, so that its key goes on. Only those count
   * between which other messages passed: while the receiver is down, or nobody else sends, none does. Where all keys wait
   * behind messages that have failed so often, the message behind one of them is tried: if it passes, that one is given
   * up. 1 or more, or `Infinity` for never. Default 20, which with the other defaults takes about three minutes.
   */
  readonly maxAttempts?: number | undefined;
  /**
   * Milliseconds after which a message that has not been delivered is given up as `expired`, whatever the reason: in an
   * outage too. From acceptance, by an earlier process where it comes from an outbox. 1 or more. Default `Infinity`.
   */
  readonly maxAgeMs?: number | undefined;
}

/** What every sink accepts, beside its own options. */
export interface DeliveryOptions {
  /**
   * Messages held in memory, waiting or under way. 1 or more. Default 10,000. While it is full, no key holds more than
   * an equal share to the disadvantage of others that wait.
   */
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
   * How long undelivered messages keep a process alive that has nothing else left to do, in milliseconds from the last
   * one accepted. 0 or more. Default 5,000. Programs that end should await `close` instead.
   */
  readonly exitWaitMs?: number | undefined;
  /**
   * Takes each message that was given up as `rejected`, `attempts_exhausted`, `expired` or `too_large`, before it is
   * forgotten. Must return at once; what it throws is reported to `onFailure`. An outbox keeps dead letters as well.
   */
  readonly onDeadLetter?: ((message: Message, reason: DropReason, error: Error) => void) | undefined;
  /** Takes what went wrong. Default: one line on the console's error stream. What it throws is ignored. */
  readonly onFailure?: ((failure: DeliveryFailure) => void) | undefined;
}

const count = wholeNumber(1, Number.MAX_SAFE_INTEGER, undefined);
const countOrInfinity = value(
  `${count.expected}, or Infinity`,
  (given): given is number => given === Number.POSITIVE_INFINITY || (Number.isSafeInteger(given) && Number(given) >= 1),
  undefined,
);

/**
 * The rules of the options that all sinks share, for `readOptions` of `@alumiini/core/adapter`:
 * `readOptions("mySink", options, { ...DELIVERY_RULES, url: required(text(undefined)) })`. Options that were not given
 * come out as `undefined`: `createSink` has the defaults.
 */
export const DELIVERY_RULES = {
  maxQueueMessages: count,
  maxQueueBytes: count,
  maxBatchMessages: count,
  maxBatchBytes: count,
  lingerMs: milliseconds(0, undefined),
  maxInFlight: count,
  attemptTimeoutMs: milliseconds(1, undefined),
  retry: group({
    initialDelayMs: milliseconds(1, undefined),
    maxDelayMs: milliseconds(1, undefined),
    maxAttempts: countOrInfinity,
    maxAgeMs: countOrInfinity,
  } satisfies RulesFor<RetryOptions>),
  overflow: oneOf(OVERFLOW_POLICIES, undefined),
  outbox: objectWith<Outbox>("an outbox, such as one of fileOutbox", "open", "append", "read", "acknowledge", "stats"),
  exitWaitMs: milliseconds(0, undefined),
  onDeadLetter: callback<NonNullable<DeliveryOptions["onDeadLetter"]>>(),
  onFailure: callback<NonNullable<DeliveryOptions["onFailure"]>>(),
} satisfies RulesFor<DeliveryOptions>;

/**
 * Returns those of a sink's options that all sinks share, checked: what a sink hands on to `createSink`.
 *
 * @param factory is the name that errors begin with.
 * @throws {OptionError} for a value that no delivery could work with.
 */
export function deliveryOptionsOf(factory: string, options: DeliveryOptions): DeliveryOptions {
  const shared = Object.keys(DELIVERY_RULES).map((name) => [name, readProperty(options, name)]);
  return readOptions(factory, Object.fromEntries(shared), DELIVERY_RULES);
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
  readonly exitWaitMs: number;
  readonly retry: {
    readonly initialDelayMs: number;
    readonly maxDelayMs: number;
    readonly maxAttempts: number;
    readonly maxAgeMs: number;
  };
  readonly overflow: OverflowPolicy;
}

const MEBIBYTE = 1_048_576;

/** @throws {OptionError} for a policy that needs an outbox where there is none. */
export function withDefaults(factory: string, options: DeliveryOptions): ResolvedOptions {
  const { retry = {}, outbox, overflow = outbox === undefined ? "drop-newest" : "block-spill" } = options;
  if (overflow === "block-spill" && outbox === undefined) {
    throw new OptionError(
      factory,
      "overflow",
      'is "block-spill"; that needs an `outbox` for what memory does not hold',
    );
  }
  return {
    maxQueueMessages: options.maxQueueMessages ?? 10_000,
    maxQueueBytes: options.maxQueueBytes ?? 64 * MEBIBYTE,
    maxBatchMessages: options.maxBatchMessages ?? 500,
    maxBatchBytes: options.maxBatchBytes ?? MEBIBYTE,
    lingerMs: options.lingerMs ?? 5,
    maxInFlight: options.maxInFlight ?? 4,
    attemptTimeoutMs: options.attemptTimeoutMs ?? 30_000,
    exitWaitMs: options.exitWaitMs ?? 5000,
    retry: {
      initialDelayMs: retry.initialDelayMs ?? 100,
      maxDelayMs: retry.maxDelayMs ?? 30_000,
      maxAttempts: retry.maxAttempts ?? 20,
      maxAgeMs: retry.maxAgeMs ?? Number.POSITIVE_INFINITY,
    },
    overflow,
  };
}
