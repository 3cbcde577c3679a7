import { attempt } from "./attempt.js";
import type { Cohort } from "./flush-epochs.js";
import type { Spool } from "./outbox-client.js";
import type { DeliveryTime } from "./ports/time.js";
import type { Transport } from "./ports/transport.js";
import type { Stop } from "./stop.js";

/** The longest time that a timer takes, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Answers whether the cohort was settled before `signal` aborted. */
export function waitForCohort(cohort: Cohort, signal: AbortSignal | undefined, time: DeliveryTime): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (settled: boolean) => {
      cohort.waiting.delete(end);
      signal?.removeEventListener("abort", onAbort);
      letGo();
      resolve(settled);
    };
    const onAbort = () => end(false);
    // Who waits for a flush wants the process to live until then; the runtime's other timers don't hold it.
    const letGo = time.setTimer(() => {}, MAX_TIMER_MS, true);
    cohort.waiting.add(end);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
  });
}

/**
 * Releases transport and outbox, neither waiting for the other.
 *
 * @throws what the first of them threw that failed.
 */
export async function release(
  transport: Transport,
  spool: Spool | undefined,
  timeoutMs: number,
  stop: Stop,
  time: DeliveryTime,
): Promise<void> {
  const results = await Promise.allSettled([
    attempt(async () => transport.close?.(), timeoutMs, stop, time),
    attempt(async () => spool?.close(), timeoutMs, stop, time),
  ]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
