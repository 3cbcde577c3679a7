import type { Gap } from "../intake.js";
import type { JetStreamApi } from "./api.js";
import type { UnderWay } from "./client.js";

/** First and last, both included. */
type Run = readonly [first: number, last: number];

/** Finds sequences that were removed from the stream before they were delivered. */
export class GapFinder {
  readonly #api: JetStreamApi;
  readonly #stream: string;
  #delivered = 0;

  constructor(api: JetStreamApi, stream: string) {
    this.#api = api;
    this.#stream = stream;
  }

  /** The last sequence that was delivered for the first time. */
  get delivered(): number {
    return this.#delivered;
  }

  /** @param delivered the last sequence that the consumer has delivered before */
  begin(delivered: number): void {
    this.#delivered = delivered;
  }

  /**
   * Returns the gaps before and within a group. Sequences that are missing only here went to another process; the stream says
   * which are nowhere.
   */
  async find(group: readonly UnderWay[], afterTs: number | undefined, filtered: boolean): Promise<Gap[]> {
    const skipped: { run: Run; ts: number }[] = [];
    let delivered = this.#delivered;
    for (const { message, isFirst } of group) {
      if (!isFirst || message.sequence <= delivered) continue;
      if (message.sequence > delivered + 1)
        skipped.push({ run: [delivered + 1, message.sequence - 1], ts: message.ts });
      delivered = message.sequence;
    }
    const gaps: Gap[] = [];
    if (skipped.length > 0) {
      const { first, deleted, keepsAcknowledged } = await this.#api.stream();
      for (const { run, ts } of skipped) {
        const runs = removedFrom(run, first, deleted);
        gaps.push(...runs.map((one) => toGap(this.#stream, one, !filtered && keepsAcknowledged, afterTs, ts)));
      }
    }
    // Only now: where the stream did not answer, the group comes again.
    this.#delivered = delivered;
    return gaps;
  }
}

/** A gap of a stream; see {@link Gap}. */
export function toGap(
  stream: string,
  [first, last]: Run,
  certain: boolean,
  afterTs: number | undefined,
  beforeTs: number | undefined,
): Gap {
  const reason = certain
    ? "removed from the stream before it was read"
    : "not in the stream any more; it may have been read before, or be of other subjects";
  const times = { afterTs: afterTs ?? null, beforeTs: beforeTs ?? null };
  return { stream, partition: 0, first, last, ...times, reason, certain };
}

/** The parts of a run that the stream does not hold, given its first sequence and those removed behind it. */
function removedFrom([from, to]: Run, first: number, deleted: readonly number[]): Run[] {
  const runs: Run[] = first > from ? [[from, Math.min(to, first - 1)]] : [];
  for (const sequence of deleted) {
    if (sequence < from || sequence > to) continue;
    const last = runs.at(-1);
    if (last !== undefined && sequence === last[1] + 1) runs[runs.length - 1] = [last[0], sequence];
    else runs.push([sequence, sequence]);
  }
  return runs;
}
