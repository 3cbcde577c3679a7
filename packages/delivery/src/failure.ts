import { describeError } from "@alumiini/core/adapter";
import type { DeliveryTime } from "./ports/time.js";

/** What can go wrong between acceptance and delivery. */
export type DeliveryFailureKind =
  | "connect_failed"
  | "send_failed"
  | "rejected"
  | "attempts_exhausted"
  | "expired"
  | "too_large"
  | "overflow"
  | "encode_failed"
  | "closed"
  | "close_failed"
  | "outbox_failed"
  | "dead_letter_failed";

/** What went wrong. Nothing is ever thrown at the controller: failures come as these reports, and in `stats()`. */
export interface DeliveryFailure {
  readonly kind: DeliveryFailureKind;
  /** The sink's name. */
  readonly sink: string;
  /** A sentence that says what happened and what follows from it, without credentials. */
  readonly message: string;
  /** What was thrown, as it was: it may hold credentials. */
  readonly error?: unknown;
  /** Failures of this kind that were not reported since its last report. */
  readonly heldBack: number;
}

/** Reports a failure, or holds it back. */
export type ReportDelivery = (kind: DeliveryFailureKind, message: string, error?: unknown) => void;

const WINDOW_MS = 60_000;
/** Different reports of one kind within one window. */
const REPORTS_PER_WINDOW = 5;
/**
 * Kinds that go on while one fault lasts. Their texts may differ by repository, partition or attempt, so one report a
 * minute is all, whatever it says.
 */
const STANDING: ReadonlySet<DeliveryFailureKind> = new Set(["connect_failed", "send_failed"]);

/**
 * Returns a reporter that lets the same report through once a minute, at most 5 different ones of a kind, and of a fault
 * that stands only one, so that an outage is one clear sentence a minute and not ten thousand.
 */
export function createDeliveryReporter(
  sink: string,
  onFailure: (failure: DeliveryFailure) => void,
  time: DeliveryTime,
): ReportDelivery {
  const said = new Map<DeliveryFailureKind, { since: number; heldBack: number; readonly texts: Set<string> }>();
  return (kind, happened, error) => {
    const now = time.now();
    let window = said.get(kind);
    if (window === undefined || now - window.since >= WINDOW_MS) {
      window = { since: now, heldBack: window?.heldBack ?? 0, texts: new Set() };
      said.set(kind, window);
    }
    const message = error === undefined ? happened : `${happened} ${describeError(error)}`;
    const most = STANDING.has(kind) ? 1 : REPORTS_PER_WINDOW;
    if (window.texts.has(message) || window.texts.size >= most) {
      window.heldBack++;
      return;
    }
    window.texts.add(message);
    const { heldBack } = window;
    window.heldBack = 0;
    try {
      onFailure({ kind, sink, message, ...(error !== undefined && { error }), heldBack });
    } catch {
      // Reporting that reporting failed would fail as well.
    }
  };
}

/** The default `onFailure`. */
export function logDeliveryFailure({ sink, message, heldBack }: DeliveryFailure): void {
  const more = heldBack > 0 ? ` (${heldBack} more since the last report)` : "";
  // biome-ignore lint/suspicious/noConsole: failures are never silent, and no better place is known here
  console.error(`alumiini sink "${sink}":`, message + more);
}
