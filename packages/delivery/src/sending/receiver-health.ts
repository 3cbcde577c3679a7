import { BoundedMap } from "@alumiini/core/adapter";
import type { CircuitState } from "../stats.js";

/** Attempts in a row, none of them answered for, after which the receiver is said to be down. */
const FAILURES_OF_OUTAGE = 5;
/** Different keys among them, from which on sending pauses for all. */
const KEYS_OF_OUTAGE = 5;
/** Groups of messages whose passes are counted. */
const MAX_GROUPS = 1000;

/**
 * Decides from the results of batches whether the receiver is down, or some messages are bad.
 *
 * ```
 *                        a message of 5 keys failed, none passed
 *             ┌────────┐ ───────────────────────────────────────▶ ┌──────┐
 *   start ──▶ │ closed │                                          │ open │ ◀─┐
 *             └────────┘ ◀──┐                                     └──────┘   │
 *                 ▲         │ anything is answered for      the pause is over│ the probe failed:
 *                 │         └──────────────────────────┐                ▼    │ a longer pause
 *                 │                                    │        ┌───────────┐│
 *                 └────────────────────────────────────┴─────── │ half-open ├┘
 *                                the probe was answered for     └───────────┘
 * ```
 *
 * - A message that the receiver takes or refuses is evidence that it is up: the circuit closes.
 * - A failure delays its own key. It is no evidence against the receiver while other keys pass.
 * - Where messages of {@link KEYS_OF_OUTAGE} keys have failed and nothing has passed in between, an outage is assumed:
 *   nothing is sent during a pause, then a probe goes out, of a key that has not failed where there is one.
 * - With fewer keys than that an outage is assumed too, and shown, but nobody waits for it: each key has its own delay,
 *   and one that comes new may try at once. If it passes, the others were bad; if not, it is one key more.
 * - A failed attempt counts against a message only if another message of its group has passed since its last failure.
 *   So in an outage, however long, no message runs out of attempts.
 * - Where every key waits behind a bad message, the message behind one of them tells: docs/adr/027.
 */
export class ReceiverHealth {
  #pausing = false;
  #probing = false;
  #mayProbe = false;
  #failures = 0;
  #pauses = 0;
  readonly #failedKeys = new Set<string>();
  readonly #passes = new BoundedMap<string, number>(MAX_GROUPS);

  get state(): CircuitState {
    if (this.#mayProbe || this.#probing) return "half-open";
    return this.#pausing || this.#failures >= FAILURES_OF_OUTAGE ? "open" : "closed";
  }

  /** Whether a batch may be sent now; `probe` for one that tries the receiver, `undefined` for none. */
  get permits(): "batch" | "probe" | undefined {
    if (!this.#pausing) return "batch";
    return this.#mayProbe ? "probe" : undefined;
  }

  /** How many pauses there have been in a row, the current one included. */
  get pauses(): number {
    return this.#pauses;
  }

  /** Messages of the group that have passed. */
  passes(group: string): number {
    return this.#passes.get(group) ?? 0;
  }

  /** A probe is under way. */
  probe(): void {
    this.#mayProbe = false;
    this.#probing = true;
  }

  /** The pause is over: one batch may try. */
  endPause(): void {
    if (this.#pausing && !this.#probing) this.#mayProbe = true;
  }

  /**
   * The receiver has answered for messages of the group; `delivered` of them have passed. Returns whether that ends an
   * outage.
   */
  answered(group: string, delivered: number): boolean {
    const ends = this.#pausing;
    this.#pausing = false;
    this.#probing = false;
    this.#mayProbe = false;
    this.#failures = 0;
    this.#pauses = 0;
    this.#failedKeys.clear();
    if (delivered > 0) this.#passes.set(group, this.passes(group) + delivered);
    return ends;
  }

  /** A batch failed as a whole. Returns whether a pause begins: the caller then calls `endPause` after it. */
  failed(keys: Iterable<string>, wasProbe: boolean): boolean {
    this.#failures++;
    if (this.#failedKeys.size < KEYS_OF_OUTAGE) for (const key of keys) this.#failedKeys.add(key);
    if (wasProbe) this.#probing = false;
    // What was under way when the pause began says nothing new.
    else if (this.#pausing) return false;
    if (!this.#pausing && this.#failedKeys.size < KEYS_OF_OUTAGE) return false;
    this.#pausing = true;
    this.#pauses++;
    return true;
  }
}
