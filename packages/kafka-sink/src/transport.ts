import type { Message, SendResult, Transport } from "@alumiini/delivery";
import { PartitionCounts, Partitioner } from "./partitions.js";
import type { KafkaProducer, ProducerSettings } from "./producer.js";

/** The soonest that is tried again what somebody must act on first, in milliseconds. */
const MISCONFIGURED_RETRY_MS = 10_000;

const DELIVERED: SendResult = { status: "delivered" };

/** The messages of a batch that go to one partition, in order, and their indexes in the batch. */
interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: Message[];
  readonly indexes: number[];
}

/** A topic within one batch: its batches by partition, or why nothing can be sent to it now. */
type TopicBatches = (PartitionBatch | undefined)[] | SendResult;

/**
 * Sends batches over a producer: each message to the partition of its key, with one request for each partition, because
 * not every client keeps what several partitions answer apart.
 */
export class KafkaTransport implements Transport {
  readonly #producer: KafkaProducer;
  readonly #settings: ProducerSettings;
  readonly #topic: string | undefined;
  readonly #counts: PartitionCounts;
  readonly #partitioner = new Partitioner();

  /** `topic`: the one topic that everything goes to, where there is just one. `connect` fails without it. */
  constructor(producer: KafkaProducer, settings: ProducerSettings, topic: string | undefined) {
    this.#producer = producer;
    this.#settings = settings;
    this.#topic = topic;
    this.#counts = new PartitionCounts((name, signal) => producer.partitionsFor(name, signal));
  }

  async connect(signal: AbortSignal): Promise<void> {
    try {
      await this.#producer.connect(this.#settings, signal);
      if (this.#topic !== undefined) await this.#counts.of(this.#topic, signal);
    } catch (error) {
      throw new Error(this.#producer.classify(error).reason, { cause: error });
    }
  }

  /** The partition, as far as it is known: a batch is then one request. */
  groupOf({ key, destination: topic }: Message): string {
    const count = this.#counts.lastKnown(topic);
    return count === undefined ? topic : `${this.#partitioner.choose(key, count)} ${topic}`;
  }

  async send(batch: readonly Message[], signal: AbortSignal): Promise<readonly SendResult[]> {
    const results = new Array<SendResult>(batch.length).fill(DELIVERED);
    const batches = await this.#divide(batch, results, signal);
    await Promise.all(batches.map((part) => this.#produce(part, 0, part.messages.length, results, signal)));
    return results;
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  /** Divides the batch among partitions. What has none to go to gets its result here. */
  async #divide(batch: readonly Message[], results: SendResult[], signal: AbortSignal): Promise<PartitionBatch[]> {
    const topics = new Map<string, { readonly count: number; readonly batches: TopicBatches }>();
    const all: PartitionBatch[] = [];
    let index = -1;
    let last: Message | undefined;
    let part: PartitionBatch | undefined;
    for (const message of batch) {
      index++;
      const { key, destination: topic } = message;
      // What has the same key stands together.
      if (part !== undefined && last?.key === key && last.destination === topic) {
        part.messages.push(message);
        part.indexes.push(index);
        continue;
      }
      last = message;
      let known = topics.get(topic);
      if (known === undefined) {
        known = await this.#open(topic, signal);
        topics.set(topic, known);
      }
      const { count, batches } = known;
      if (!Array.isArray(batches)) {
        part = undefined;
        results[index] = batches;
        continue;
      }
      const partition = this.#partitioner.choose(key, count);
      part = batches[partition];
      if (part === undefined) {
        part = { topic, partition, messages: [], indexes: [] };
        batches[partition] = part;
        all.push(part);
      }
      part.messages.push(message);
      part.indexes.push(index);
    }
    return all;
  }

  async #open(topic: string, signal: AbortSignal): Promise<{ readonly count: number; readonly batches: TopicBatches }> {
    try {
      return { count: await this.#counts.of(topic, signal), batches: [] };
    } catch (error) {
      return { count: 0, batches: this.#failed(topic, error) };
    }
  }

  /** Produces some of the messages. Returns whether the next ones may be sent: they must not overtake a retry. */
  async #produce(
    part: PartitionBatch,
    start: number,
    end: number,
    results: SendResult[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { topic, partition, messages, indexes } = part;
    const whole = start === 0 && end === messages.length;
    try {
      await this.#producer.produce(topic, partition, whole ? messages : messages.slice(start, end), signal);
      return true;
    } catch (error) {
      const result = this.#failed(topic, error);
      if (result.status === "retry") {
        for (const index of indexes.slice(start)) results[index] = result;
        return false;
      }
      if (end - start > 1) {
        // The broker refuses all for the sake of one, or of the sum. Halves find which.
        const middle = (start + end) >>> 1;
        return (
          (await this.#produce(part, start, middle, results, signal)) &&
          (await this.#produce(part, middle, end, results, signal))
        );
      }
      for (const index of indexes.slice(start, end)) results[index] = result;
      return true;
    }
  }

  #failed(topic: string, error: unknown): Exclude<SendResult, { readonly status: "delivered" }> {
    const { verdict, reason } = this.#producer.classify(error);
    const described = new Error(`${reason} (topic ${topic})`, { cause: error });
    if (verdict === "poison") return { status: "rejected", error: described };
    if (verdict === "retry") return { status: "retry", error: described };
    // What is known of the topic may be what is wrong.
    this.#counts.forget(topic);
    return { status: "retry", error: described, retryAfterMs: MISCONFIGURED_RETRY_MS };
  }
}
