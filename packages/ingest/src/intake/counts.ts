/** Why a delivery was rejected, and the HTTP status that says so. */
export const REJECTIONS = {
  /** The body ended before its end. */
  incomplete: 400,
  /** The signature or token is missing or wrong. */
  unauthorized: 401,
  not_found: 404,
  method_not_allowed: 405,
  /** The body took too long to arrive. */
  timeout: 408,
  too_large: 413,
  unsupported_media_type: 415,
  /** It is not what the source sends. */
  invalid: 422,
  /** An error of ingest itself, or of a mapper that is not ours. */
  internal: 500,
  /** Too many deliveries, or too many bytes, are in progress. */
  full: 503,
  /** A durable subscriber has not stored it in time, failed to, or is detached. */
  not_stored: 503,
  /** Nothing takes events any more. */
  unavailable: 503,
} as const;

export type Rejection = keyof typeof REJECTIONS;

/** How a delivery ended. */
export type Ending =
  | { readonly kind: "accepted" | "duplicate"; readonly accepted: number; readonly duplicates: number }
  | { readonly kind: "ignored"; readonly reason: string }
  | { readonly kind: "rejected"; readonly reason: Rejection; readonly path?: string; readonly message: string };

/**
 * The deliveries of one source, or of all. At every instant
 * `received = accepted + duplicate + all of ignored + all of rejected + inProgress`.
 */
export interface DeliveryCounts {
  readonly received: number;
  /** At least one event was new. After a restart, what was known before counts as new. */
  readonly accepted: number;
  /** All its events were known. */
  readonly duplicate: number;
  /** Sound, and no event, by the reason that the mapper gives. */
  readonly ignored: Readonly<Record<string, number>>;
  readonly rejected: Readonly<Partial<Record<Rejection, number>>>;
  readonly inProgress: number;
  /** Events that were new. */
  readonly events: number;
}

/** Reasons that are counted apart: they come from outside. Further ones count as `other`. */
const MOST_REASONS = 64;

/** Counts the deliveries of one source. */
export class Counter {
  #received = 0;
  #accepted = 0;
  #duplicate = 0;
  #inProgress = 0;
  #events = 0;
  readonly #ignored = new Map<string, number>();
  readonly #rejected = new Map<Rejection, number>();

  begin(): void {
    this.#received++;
    this.#inProgress++;
  }

  end(ending: Ending): void {
    this.#inProgress--;
    switch (ending.kind) {
      case "accepted":
        this.#accepted++;
        this.#events += ending.accepted;
        break;
      case "duplicate":
        this.#duplicate++;
        break;
      case "ignored": {
        const { reason } = ending;
        const isKnown = this.#ignored.has(reason) || this.#ignored.size < MOST_REASONS;
        add(this.#ignored, isKnown ? reason : "other");
        break;
      }
      case "rejected":
        add(this.#rejected, ending.reason);
    }
  }

  read(): DeliveryCounts {
    return {
      received: this.#received,
      accepted: this.#accepted,
      duplicate: this.#duplicate,
      ignored: Object.fromEntries(this.#ignored),
      rejected: Object.fromEntries(this.#rejected),
      inProgress: this.#inProgress,
      events: this.#events,
    };
  }
}

/** The counts of several sources together. */
export function sumOf(all: readonly DeliveryCounts[]): DeliveryCounts {
  const sum = (read: (counts: DeliveryCounts) => number) => all.reduce((total, counts) => total + read(counts), 0);
  return {
    received: sum(({ received }) => received),
    accepted: sum(({ accepted }) => accepted),
    duplicate: sum(({ duplicate }) => duplicate),
    ignored: merged(all.map(({ ignored }) => ignored)),
    rejected: merged(all.map(({ rejected }) => rejected)),
    inProgress: sum(({ inProgress }) => inProgress),
    events: sum(({ events }) => events),
  };
}

function merged(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total = new Map<string, number>();
  for (const counts of all) for (const [reason, count] of Object.entries(counts)) add(total, reason, count);
  return Object.fromEntries(total);
}

function add<K>(counts: Map<K, number>, key: K, count = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
