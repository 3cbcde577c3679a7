/** A distribution as data. */
export interface SinkDurations {
  /** Upper bounds in milliseconds, inclusive and ascending; an infinite one follows. */
  readonly bounds: readonly number[];
  /** What fell in each bucket alone: one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** What is read of a sink at each scrape; the `DeliveryStats` of `@alumiini/delivery` have it. */
export interface SinkStats {
  readonly delivered: number;
  /** Messages given up, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Messages that an attempt left to be sent again, counted at each attempt. */
  readonly retries: number;
  /** Messages taken and neither delivered nor dropped. */
  readonly pending: number;
  readonly durations: SinkDurations;
  /** Milliseconds since the oldest of those pending was accepted; absent where nothing is pending. */
  readonly oldestPendingMs?: number | undefined;
  /** What its outbox says; absent where it has none. */
  readonly outbox?: ObservedOutbox | undefined;
}

/** What is read of an outbox; the `OutboxStats` of `@alumiini/delivery` have it. */
export interface ObservedOutbox {
  readonly pending: number;
  readonly bytes: number;
  readonly degraded: boolean;
  readonly corrupt: number;
  readonly lost: number;
  readonly deadLetters: number;
}

/** A sink whose deliveries are to be seen: any that is built on `@alumiini/delivery`. */
export interface ObservedSink {
  readonly name: string;
  stats(): SinkStats;
}

/** One reading of a sink. */
export interface ReadSink {
  readonly sink: string;
  readonly stats: SinkStats;
}

/** The sinks of one registry. */
export class Sinks {
  readonly #byLabel = new Map<string, ObservedSink>();

  /** Takes a sink; of two with one name, the later is shown as `name-2`. Taking the same twice does nothing. */
  add(sink: ObservedSink): void {
    for (const known of this.#byLabel.values()) if (known === sink) return;
    let label = sink.name;
    for (let number = 2; this.#byLabel.has(label); number++) label = `${sink.name}-${number}`;
    this.#byLabel.set(label, sink);
  }

  *read(): Iterable<ReadSink> {
    for (const [label, sink] of this.#byLabel) {
      let stats: SinkStats;
      try {
        stats = sink.stats();
      } catch {
        // One sink that can't be read must not take the metrics of all others with it. Its series end, which shows.
        continue;
      }
      yield { sink: label, stats };
    }
  }
}

/** How deliveries ended. A drop is a failure for good, whatever its reason. */
export function deliveriesOf({ delivered, dropped, retries }: SinkStats): readonly (readonly [string, number])[] {
  const failed = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return [
    ["success", delivered],
    ["failure", failed],
    ["retry", retries],
  ];
}
