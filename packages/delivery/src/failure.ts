import { describeError } from "@alumiini/core/adapter";
import type { DeliveryTime } from "./ports/time.js";

/** What can go wrong between acceptance and delivery. */
export type DeliveryFailureKind =
  | "connect_failed"
  | "send_failed"
  | "rejected"
  | "attempts_exhausted"
  | "too_large"
  | "overflow"
  | "encode_failed"
  | "closed"
  | "close_failed"
  | "outbox_failed"
  | "dead_letter_failed";

/** What went wrong. The controller is never told by an exception; it is told by these reports, and by `stats()`. */
export interface DeliveryFailure {
  readonly kind: DeliveryFailureKind;
  /** The sink's name. */
  readonly sink: string;
  /** A sentence that says what happened and what follows from it, without credentials. */
  readonly message: string;
  /** What was thrown, as it was: it may hold credentials. */
  readonly error?: unknown;
  /** Failures of this kind held back since its last report. */
  readonly heldBack: number;
}

/** Reports a failure, or holds it back. */
export type ReportDelivery = (kind: DeliveryFailureKind, message: string, error?: unknown) => void;

const WINDOW_MS = 60_000;
/** Different reports of one kind that are let through within one window. */
const REPORTS_PER_WINDOW = 5;

/**
 * Lets the same report through once a minute and at most 5 different ones of a kind, so that an outage says one clear
 * sentence and not ten thousand.
 */
export function createDeliveryReporter(
  sink: string,
  onFailure: (failure: DeliveryFailure) => void,
  time: DeliveryTime,
): ReportDelivery {
  const windows = new Map<DeliveryFailureKind, { since: number; heldBack: number; readonly said: Set<string> }>();
  return (kind, happened, error) => {
    const now = time.now();
    let window = windows.get(kind);
    if (window === undefined || now - window.since >= WINDOW_MS) {
      window = { since: now, heldBack: window?.heldBack ?? 0, said: new Set() };
      windows.set(kind, window);
    }
    const message = error === undefined ? happened : `${happened} ${describeError(error)}`;
    if (window.said.has(message) || window.said.size >= REPORTS_PER_WINDOW) {
      window.heldBack++;
      return;
    }
    window.said.add(message);
    const { heldBack } = window;
    window.heldBack = 0;
    try {
      onFailure({ kind, sink, message, ...(error !== undefined && { error }), heldBack });
    } catch {
      // Whoever takes the reports failed at it: there is nobody left to tell.
    }
  };
}

/** The default `onFailure`. */
export function logDeliveryFailure({ sink, message, heldBack }: DeliveryFailure): void {
  const more = heldBack > 0 ? ` (${heldBack} more since the last report)` : "";
  // biome-ignore lint/suspicious/noConsole: failures are never silent, and no better place is known here
  console.error(`alumiini sink "${sink}":`, message + more);
}
