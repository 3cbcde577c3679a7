import { callback, objectWith, type RulesFor, readOptions, required, value } from "@alumiini/core/adapter";
import { messageOf, StoreClosed, StoreError } from "../../store/errors.js";
import {
  type ConsumerStats,
  type Consumption,
  gapChange,
  type Position,
  positionChange,
  readPositions,
  type StreamMessage,
  storeMessages,
  type Target,
} from "../intake.js";
import type { KafkaBatchPayload, KafkaConsumer, KafkaMessage } from "./client.js";

const GROUP = 400;
const HEARTBEAT_MS = 1_000;

/** What is consumed from Kafka, and how. */
export interface KafkaOptions {
  /** Connected by the caller, who disconnects it too. Its group id is the durable name. */
  readonly consumer: KafkaConsumer;
  readonly topics: readonly string[];
  /** Called when Kafka or the store fails; the consumer goes on by itself. */
  readonly onFailure?: (error: StoreError) => void;
}

const RULES = {
  consumer: required(objectWith<KafkaConsumer>("a consumer of kafkajs", "subscribe", "run")),
  topics: required(
    value(
      "a list of topics, one at least",
      (given): given is readonly string[] =>
        Array.isArray(given) && given.length > 0 && given.every((topic) => typeof topic === "string" && topic !== ""),
      undefined,
    ),
  ),
  onFailure: callback<(error: StoreError) => void>(),
} satisfies RulesFor<KafkaOptions>;

/** A partition that is being read. */
interface Followed {
  /** The offset that comes next. */
  readonly next: number;
  /** Up to when it has been followed without a gap. */
  readonly ts: number;
}

/**
 * Consumes topics into the store: an offset is committed when its row is. The store's position decides where reading
 * begins, not the group's: what the store has lost is read again. Resolves when it has begun.
 *
 * @throws {@link OptionError} where an option is missing, unknown or none
 */
export async function consumeKafka(options: KafkaOptions, target: Target): Promise<Consumption> {
  const { onFailure, ...resolved } = readOptions("consumeKafka", options, RULES);
  const consumer = new KafkaStreams({ ...resolved, ...(onFailure !== undefined && { onFailure }) }, target);
  await consumer.start();
  return consumer;
}

class KafkaStreams implements Consumption {
  readonly #options: KafkaOptions;
  readonly #target: Target;
  readonly #followed = new Map<string, Followed>();
  /** Where reading was set back to, so that it is done once. */
  readonly #sought = new Map<string, number>();
  readonly #counts = { received: 0, stored: 0, refused: 0, missing: 0 };
  #stopping = false;

  constructor(options: KafkaOptions, target: Target) {
    this.#options = options;
    this.#target = target;
  }

  async start(): Promise<void> {
    const { consumer, topics } = this.#options;
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: (payload) => this.#guarded(payload),
    });
  }

  stats(): ConsumerStats {
    const { received, stored, refused, missing } = this.#counts;
    return { received, stored, refused, missing, pending: received - stored };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#options.consumer.stop();
  }

  async #guarded(payload: KafkaBatchPayload): Promise<void> {
    // While the store is slow or down, the group must not take this process for dead.
    const beating = setInterval(() => void payload.heartbeat().catch(() => {}), HEARTBEAT_MS);
    try {
      await this.#consume(payload);
    } catch (error) {
      this.#options.onFailure?.(
        error instanceof StoreError ? error : new StoreError(messageOf(error), { cause: error }),
      );
      // What was not stored is not resolved either; the client hands it over again.
      if (error instanceof StoreClosed) this.#stopping = true;
      else throw error;
    } finally {
      clearInterval(beating);
    }
  }

  async #consume({ batch, ...handle }: KafkaBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch;
    const [first] = messages;
    if (first === undefined) return;
    if (!(await this.#isInPlace(topic, partition, Number(first.offset), Number(batch.highWatermark)))) return;
    for (let at = 0; at < messages.length; at += GROUP) {
      if (this.#stopping || !handle.isRunning() || handle.isStale()) return;
      const group = messages.slice(at, at + GROUP);
      const last = await this.#store(topic, partition, group);
      handle.resolveOffset(String(last));
      await this.#options.consumer.commitOffsets([{ topic, partition, offset: String(last + 1) }]);
    }
    const followed = this.#followed.get(`${topic} ${partition}`);
    // The end of the partition: it is known up to now.
    if (followed !== undefined && followed.next >= Number(batch.highWatermark)) {
      this.#target.observer.note("stream", topicName(topic, partition), followed.ts, Date.now());
    }
  }

  /** Whether this is what follows in the store. If the group is ahead of it, reading is set back. */
  async #isInPlace(topic: string, partition: number, offset: number, end: number): Promise<boolean> {
    const key = `${topic} ${partition}`;
    if (this.#followed.get(key)?.next === offset) return true;
    // Another process may have had the partition meanwhile.
    const position = (await readPositions(this.#target.store, streamOf(topic))).get(partition);
    const next = position === undefined ? 0 : position.sequence + 1;
    // Fewer than were stored: offsets start over.
    if (position !== undefined && end < next) {
      const reason = "the topic was made again: whether it held more behind the offset before this one is not known";
      const times = { afterTs: position.ts, beforeTs: null };
      const gap = { stream: streamOf(topic), partition, first: next, last: next, ...times, reason, certain: false };
      await this.#target.intake.add([], [gapChange(gap, Date.now())]);
      this.#followed.set(key, { next: offset, ts: Number.NaN });
      return true;
    }
    if (offset > next && this.#sought.get(key) !== next) {
      this.#sought.set(key, next);
      this.#options.consumer.seek({ topic, partition, offset: String(next) });
      return false;
    }
    // A store that has no position yet begins where the topic does.
    this.#followed.set(key, { next: position === undefined ? offset : next, ts: position?.ts ?? Number.NaN });
    return true;
  }

  /** Resolves to the last offset of the group. */
  async #store(topic: string, partition: number, group: readonly KafkaMessage[]): Promise<number> {
    const stream = streamOf(topic);
    const now = Date.now();
    this.#counts.received += group.length;
    const messages: StreamMessage[] = [];
    const changes = [];
    let { next, ts } = this.#followed.get(`${topic} ${partition}`) ?? { next: 0, ts: Number.NaN };
    for (const { offset, timestamp, value, headers } of group) {
      const sequence = Number(offset);
      const time = Number(timestamp);
      // One offset is what the mark of a transaction takes.
      if (sequence > next + 1) {
        const times = { afterTs: Number.isNaN(ts) ? null : ts, beforeTs: time };
        const reason = "not in the topic: expired before it was read, or compacted away";
        changes.push(
          gapChange({ stream, partition, first: next, last: sequence - 1, ...times, reason, certain: false }, now),
        );
        this.#counts.missing += sequence - next;
      } else {
        this.#target.observer.note(
          "stream",
          topicName(topic, partition),
          Number.isNaN(ts) ? time : Math.min(ts, time),
          time,
        );
      }
      next = sequence + 1;
      ts = Number.isNaN(ts) ? time : Math.max(ts, time);
      // A tombstone has no event.
      if (value !== null) {
        messages.push({ value, headers: readHeaders(headers), stream, partition, sequence, ts: time, receivedAt: now });
      }
    }
    const position: Position = { sequence: next - 1, ts, exact: true, madeAt: null };
    await this.#target.intake.room();
    const all = [...changes, positionChange(stream, partition, position, now)];
    this.#counts.refused += await storeMessages(this.#target.intake, messages, all);
    this.#counts.stored += group.length;
    this.#followed.set(`${topic} ${partition}`, { next, ts });
    return next - 1;
  }
}

function streamOf(topic: string): string {
  return `kafka:${topic}`;
}

function topicName(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function readHeaders(headers: KafkaMessage["headers"] = {}): Record<string, string> {
  const decoder = new TextDecoder();
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) read[name] = typeof one === "string" ? one : decoder.decode(one);
  }
  return read;
}
