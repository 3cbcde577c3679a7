import type { Message, SendResult, Transport } from "@alumiini/delivery";
import { Partitioner } from "./partitioner.js";
import { PartitionCounts } from "./partitions.js";
import type { KafkaProducer, ProducerSettings } from "./producer.js";

/** The soonest that is tried again what somebody must act on first, in milliseconds. */
const MISCONFIGURED_RETRY_MS = 10_000;

const DELIVERED: SendResult = { status: "delivered" };

/** The messages of a batch that go to one partition, in order, and their places in the batch. */
interface Share {
  readonly topic: string;
  readonly partition: number;
  readonly messages: Message[];
  readonly places: number[];
}

/** A topic within one batch: its shares by partition, or why nothing can be sent to it now. */
type TopicShares = (Share | undefined)[] | SendResult;

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
    const shares = await this.#divide(batch, results, signal);
    await Promise.all(shares.map((share) => this.#produce(share, 0, share.messages.length, results, signal)));
    return results;
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  /** Divides the batch among partitions. What has none to go to gets its result here. */
  async #divide(batch: readonly Message[], results: SendResult[], signal: AbortSignal): Promise<Share[]> {
    const topics = new Map<string, { readonly count: number; readonly shares: TopicShares }>();
    const all: Share[] = [];
    let place = -1;
    let last: Message | undefined;
    let share: Share | undefined;
    for (const message of batch) {
      place++;
      const { key, destination: topic } = message;
      // What has the same key stands together.
      if (share !== undefined && last?.key === key && last.destination === topic) {
        share.messages.push(message);
        share.places.push(place);
        continue;
      }
      last = message;
      let known = topics.get(topic);
      if (known === undefined) {
        known = await this.#open(topic, signal);
        topics.set(topic, known);
      }
      const { count, shares } = known;
      if (!Array.isArray(shares)) {
        share = undefined;
        results[place] = shares;
        continue;
      }
      const partition = this.#partitioner.choose(key, count);
      share = shares[partition];
      if (share === undefined) {
        share = { topic, partition, messages: [], places: [] };
        shares[partition] = share;
        all.push(share);
      }
      share.messages.push(message);
      share.places.push(place);
    }
    return all;
  }

  async #open(topic: string, signal: AbortSignal): Promise<{ readonly count: number; readonly shares: TopicShares }> {
    try {
      return { count: await this.#counts.of(topic, signal), shares: [] };
    } catch (error) {
      return { count: 0, shares: this.#failed(topic, error) };
    }
  }

  /** Produces a part of the share. Answers whether what comes after it may be sent: it must not overtake a retry. */
  async #produce(
    share: Share,
    start: number,
    end: number,
    results: SendResult[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { topic, partition, messages, places } = share;
    const whole = start === 0 && end === messages.length;
    try {
      await this.#producer.produce(topic, partition, whole ? messages : messages.slice(start, end), signal);
      return true;
    } catch (error) {
      const result = this.#failed(topic, error);
      if (result.status === "retry") {
        for (const place of places.slice(start)) results[place] = result;
        return false;
      }
      if (end - start > 1) {
        // The broker refuses all for the sake of one, or of the sum. Halves find which.
        const middle = (start + end) >>> 1;
        return (
          (await this.#produce(share, start, middle, results, signal)) &&
          (await this.#produce(share, middle, end, results, signal))
        );
      }
      for (const place of places.slice(start, end)) results[place] = result;
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
