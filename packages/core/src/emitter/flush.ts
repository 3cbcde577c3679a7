import { describeError } from "../error/describe-error.js";
import type { Attached } from "./dispatcher.js";

/** What is done with every subscriber under one deadline. */
type Phase = "flush" | "close" | "stored";

/** The relayed events that a call is about. */
export interface About {
  readonly eventIds: readonly string[];
  /** The subscriber's promises of them that have not settled. */
  inFlightOf(to: Attached): Iterable<Promise<void> | undefined>;
}

/** One subscriber that could not be flushed or closed, or could not confirm that what it took is stored. */
export interface FlushFailure {
  readonly subscriber: string;
  readonly phase: Phase;
  /** `timeout`: the deadline passed first; `error`: the subscriber said so. */
  readonly reason: "timeout" | "error";
  /** What the subscriber threw, as it was: it may hold credentials. */
  readonly error?: unknown;
  /** Items that the subscriber had taken and not finished. */
  readonly pending: number;
}

/** Some subscribers could not be flushed, closed or asked within the deadline; `failures` says which, and why. */
export class FlushError extends Error {
  override readonly name = "FlushError";

  constructor(readonly failures: readonly FlushFailure[]) {
    super(
      failures
        .map(
          (failure) => `${failure.phase} of "${failure.subscriber}": ${describeError(failure.error ?? failure.reason)}`,
        )
        .join("; "),
    );
  }

  /** Subscribers that failed on events which they should have stored. */
  static ofStores(stores: readonly Attached[]): FlushError {
    const error = new Error("it failed on a relayed event");
    return new FlushError(
      stores.map(({ counts: { name, pending } }) => ({
        subscriber: name,
        phase: "stored",
        reason: "error",
        error,
        pending,
      })),
    );
  }
}

/** The most milliseconds of a deadline that are kept for closing: a flush that waits in vain must leave time for it. */
const MOST_CLOSING_MS = 1000;

/**
 * Does each phase for all subscribers at once, the phases one after the other, all under one deadline. The signal aborts at
 * the deadline; where closing comes after flushing, a fifth of the time earlier, 1,000 ms at most.
 *
 * @param about where only these events are waited for
 * @throws {FlushError} when one of them failed or the deadline passed first.
 */
export async function settleAll(
  to: () => readonly Attached[],
  phases: readonly Phase[],
  timeoutMs = 5000,
  about?: About,
): Promise<void> {
  const failures: FlushFailure[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  const timers: ReturnType<typeof setTimeout>[] = [];
  const after = (milliseconds: number) =>
    new Promise<true>((resolve) => {
      // Longer than a timer can be means no deadline in practice.
      timers.push(setTimeout(resolve, Math.max(0, Math.min(milliseconds, 2 ** 31 - 1)), true));
    });
  const closingMs = phases.length > 1 ? Math.min(timeoutMs / 5, MOST_CLOSING_MS) : 0;
  const aborted = after(timeoutMs - closingMs).then(() => {
    controller.abort();
    return true;
  });
  const end = closingMs > 0 ? after(timeoutMs) : aborted;

  async function settle(phase: Phase, attached: Attached): Promise<void> {
    const { inFlight, counts } = attached;
    const fail = (reason: "timeout" | "error", error?: unknown) =>
      failures.push({ subscriber: counts.name, phase, reason, error, pending: counts.pending });
    const work = async () => {
      // Only what was under way at the call: what comes later is not waited for.
      if (phase !== "close") await Promise.all(about?.inFlightOf(attached) ?? inFlight);
      await perform(phase, attached, signal, about?.eventIds);
    };
    try {
      // Past the deadline, what needs no waiting is still done.
      const late = (phase === "close" ? end : aborted).then(
        () => new Promise((resolve) => setTimeout(resolve, 0, true)),
      );
      if ((await Promise.race([work(), late])) === true) fail("timeout");
    } catch (error) {
      fail("error", error);
    }
  }

  // Lets a publication under way end: what it queued was emitted before the call.
  await undefined;
  for (const phase of phases) await Promise.all(to().map((each) => settle(phase, each)));
  for (const timer of timers) clearTimeout(timer);
  if (failures.length > 0) throw new FlushError(failures);
}

async function perform(
  phase: Phase,
  { subscriber, counts }: Attached,
  signal: AbortSignal,
  eventIds: readonly string[] | undefined,
): Promise<void> {
  if (phase !== "stored") return subscriber[phase]?.(signal);
  if (!counts.active) throw new Error("it was detached and takes no more events");
  // Whatever has left it is stored elsewhere, as far as the subscriber knows.
  return subscriber.stored ? subscriber.stored(signal, eventIds) : subscriber.flush?.(signal);
}

/**
 * The subscribers to ask whether what they took is stored: those of the given names, or all that have a `stored`.
 *
 * @throws {FlushError} where nobody attached has one of the names.
 */
export function storesOf(attached: readonly Attached[], names: readonly string[] | undefined): readonly Attached[] {
  if (names === undefined) return attached.filter(({ subscriber }) => subscriber.stored);
  const missing = names.filter((name) => !attached.some(({ counts }) => counts.name === name));
  if (missing.length === 0) return attached.filter(({ counts }) => names.includes(counts.name));
  const error = new Error("no such subscriber is attached");
  throw new FlushError(
    missing.map((subscriber) => ({ subscriber, phase: "stored", reason: "error", error, pending: 0 })),
  );
}
