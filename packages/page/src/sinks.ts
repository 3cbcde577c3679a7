/**
 * What `GET v1/sinks` may return beside a history's own `/v1/…`: what became of the events that the server forwards.
 * A server without this route is one that forwards nothing, and the page says so.
 */
export interface SinksAnswer {
  /** Milliseconds since the Unix epoch, by the server's clock. */
  readonly asOf: number;
  readonly sinks: readonly SinkState[];
  /** What came to the door before the history saw it, by path, since the server's start. Without it the page says nothing. */
  readonly deliveries?: readonly DeliveryState[];
}

/** Requests to one path. received = accepted + duplicate + ignored + refused + those in progress. */
export interface DeliveryState {
  /** `/flux`. */
  readonly path: string;
  readonly received: number;
  readonly accepted: number;
  /** Known already. */
  readonly duplicate: number;
  /** Sound, but no event comes of them. */
  readonly ignored: number;
  /** By reason, such as `unauthorized`. */
  readonly refused: Readonly<Record<string, number>>;
}

/** One sink. accepted = delivered + pending + dropped. */
export interface SinkState {
  /** `NATS gitops.events`: for people. */
  readonly name: string;
  /** `nats`, `kafka`, `http`, `otlp`. */
  readonly kind: string;
  readonly delivered: number;
  readonly pending: number;
  /** Lost for good, by any reason. */
  readonly dropped: number;
  /** When the oldest pending event was accepted, in milliseconds since the Unix epoch; null where none is pending. */
  readonly oldestPendingAt: number | null;
  /** The newest failure in one sentence, free of credentials; null where the last attempt succeeded. */
  readonly failure: string | null;
  /** Whether an outbox keeps what is pending over a restart. */
  readonly durable: boolean;
}
