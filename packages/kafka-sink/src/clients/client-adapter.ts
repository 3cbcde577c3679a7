import type { Classification, KafkaProducer, KafkaRecord, ProducerSettings } from "../producer.js";
import { classifyClientError } from "./classification.js";
import { ReplaceableClient } from "./replaceable-client.js";

/** Where the first of the records went. */
export interface Produced {
  readonly baseOffset: string;
}

/**
 * Milliseconds without use after which clients in JavaScript are closed: their connections would keep a process alive that
 * has nothing else left to do, and KafkaJS takes some percent of a CPU while it is connected.
 */
export const IDLE_MS = 10_000;

/** How a client is closed, and when. */
export interface ClientCare<C> {
  /** Disconnects it. May wait for what is under way on it. */
  close(client: C): Promise<void>;
  /** Milliseconds without use after which the client is closed until it is needed again. Default: never. */
  readonly idleMs?: number;
}

/** What the producers on all clients have in common: one client at a time, settings, and the order of attempts. */
export abstract class ClientAdapter<C> implements KafkaProducer {
  protected readonly client: ReplaceableClient<C>;
  protected settings: ProducerSettings = { acks: -1, idempotent: undefined, compression: "none", timeoutMs: 30_000 };
  readonly #serial = new SerialByKey();

  constructor(care: ClientCare<C>) {
    this.client = new ReplaceableClient({ ...care, open: () => this.open() });
  }

  async connect(settings: ProducerSettings, signal: AbortSignal): Promise<void> {
    this.settings = settings;
    await this.client.use(async () => {}, signal);
  }

  produce(topic: string, partition: number, records: readonly KafkaRecord[], signal: AbortSignal): Promise<Produced> {
    const send = () => this.client.use((client) => this.send(client, topic, partition, records, signal), signal);
    // Clients in JavaScript give the next attempt its sequence numbers while one is unsettled; the broker then takes the
    // second for a duplicate of the first and drops it.
    return this.settings.idempotent === true ? this.#serial.run(`${partition} ${topic}`, send) : send();
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  classify(error: unknown): Classification {
    return classifyClientError(error);
  }

  abstract partitionsFor(topic: string, signal: AbortSignal): Promise<number>;

  /** Makes a client and connects it. */
  protected abstract open(): Promise<C>;

  /** Sends the records to one partition, and gives the client up where nobody can know what became of them. */
  protected abstract send(
    client: C,
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
    signal: AbortSignal,
  ): Promise<Produced>;
}

/** Runs work with the same key one after the other, and the rest side by side. */
class SerialByKey {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const running = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, running);
    const end = () => {
      if (this.#last.get(key) === running) this.#last.delete(key);
    };
    running.then(end, end);
    return running;
  }
}
