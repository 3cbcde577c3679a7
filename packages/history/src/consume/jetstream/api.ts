import { messageOf, StoreError, StoreUnavailable } from "../../store/errors.js";
import { type NatsConnection, property } from "./client.js";

const CONSUMER_NOT_FOUND = 10014;
const STREAM_NOT_FOUND = 10059;
const NANOSECONDS = 1_000_000;
const REQUEST_TIMEOUT_MS = 10_000;

/** How a consumer is made where there is none. */
export interface ConsumerConfig {
  readonly filterSubjects: readonly string[];
  /** How long a message may be under way before it is delivered again, in milliseconds. */
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
}

/** How far a consumer is. Sequences are those of the stream. */
export interface ConsumerInfo {
  readonly delivered: number;
  readonly ackFloor: number;
  /** Messages that wait for their first delivery. */
  readonly waiting: number;
  /** Messages that were delivered and not acknowledged. */
  readonly unacknowledged: number;
  readonly ackWaitMs: number;
  readonly filtered: boolean;
  /** Whether it can be consumed from: it is pulled from, and each message is acknowledged. */
  readonly fits: boolean;
}

/** What a stream holds. */
export interface StreamInfo {
  readonly first: number;
  readonly last: number;
  /** When it was made, in milliseconds. */
  readonly madeAt: number;
  /** Sequences that were removed behind the first. */
  readonly deleted: readonly number[];
  /** Whether acknowledged messages stay until they are too old or too many. */
  readonly keepsAcknowledged: boolean;
}

/** JetStream's API as JSON over requests: the same for both clients. */
export class JetStreamApi {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #stream: string;

  constructor(connection: NatsConnection, prefix: string, stream: string) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#stream = stream;
  }

  /** The subject to ask for messages on. */
  nextSubject(consumer: string): string {
    return `${this.#prefix}.CONSUMER.MSG.NEXT.${this.#stream}.${consumer}`;
  }

  /** Returns the durable consumer. Where there is none it is made, to read from behind a sequence on. */
  async ensureConsumer(
    durable: string,
    { filterSubjects, ackWaitMs, maxAckPending }: ConsumerConfig,
    after: number,
  ): Promise<ConsumerInfo> {
    const found = await this.consumer(durable);
    if (found !== undefined) {
      if (found.fits) return found;
      throw new StoreError(
        `The consumer ${durable} of ${this.#stream} must be a pull consumer with explicit acknowledgements. Choose another durable name.`,
      );
    }
    const answer = await this.#request(`CONSUMER.DURABLE.CREATE.${this.#stream}.${durable}`, {
      stream_name: this.#stream,
      config: {
        durable_name: durable,
        ...(after > 0 ? { deliver_policy: "by_start_sequence", opt_start_seq: after + 1 } : { deliver_policy: "all" }),
        ack_policy: "explicit",
        ack_wait: ackWaitMs * NANOSECONDS,
        max_deliver: -1,
        max_ack_pending: maxAckPending,
        ...filters(filterSubjects),
      },
    });
    this.#refuse(answer, `make the consumer ${durable}`);
    return readConsumer(answer);
  }

  /** Makes a consumer that reads from a sequence on, acknowledges nothing, and goes by itself. Returns its name. */
  async readFrom(sequence: number, filterSubjects: readonly string[]): Promise<string> {
    const answer = await this.#request(`CONSUMER.CREATE.${this.#stream}`, {
      stream_name: this.#stream,
      config: {
        deliver_policy: "by_start_sequence",
        opt_start_seq: sequence,
        ack_policy: "none",
        inactive_threshold: 60_000 * NANOSECONDS,
        mem_storage: true,
        num_replicas: 1,
        ...filters(filterSubjects),
      },
    });
    this.#refuse(answer, "read the stream again");
    const name = property(answer, "name");
    if (typeof name !== "string") throw new StoreError("JetStream answered without the consumer's name");
    return name;
  }

  /** Undefined where there is none. */
  async consumer(durable: string): Promise<ConsumerInfo | undefined> {
    const answer = await this.#request(`CONSUMER.INFO.${this.#stream}.${durable}`);
    if (errorCode(answer) === CONSUMER_NOT_FOUND) return undefined;
    this.#refuse(answer, `describe the consumer ${durable}`);
    return readConsumer(answer);
  }

  async stream(): Promise<StreamInfo> {
    const answer = await this.#request(`STREAM.INFO.${this.#stream}`, { deleted_details: true });
    this.#refuse(answer, "describe the stream");
    const state = property(answer, "state");
    const deleted = property(state, "deleted");
    return {
      first: number(property(state, "first_seq")),
      last: number(property(state, "last_seq")),
      madeAt: Date.parse(String(property(answer, "created"))) || 0,
      deleted: Array.isArray(deleted) ? deleted.map(number) : [],
      keepsAcknowledged: property(property(answer, "config"), "retention") === "limits",
    };
  }

  async #request(subject: string, body?: object): Promise<unknown> {
    const payload = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body));
    try {
      const { data } = await this.#connection.request(`${this.#prefix}.${subject}`, payload, {
        timeout: REQUEST_TIMEOUT_MS,
      });
      return JSON.parse(new TextDecoder().decode(data));
    } catch (cause) {
      throw new StoreUnavailable(`JetStream does not answer: ${messageOf(cause)}`, { cause });
    }
  }

  #refuse(answer: unknown, what: string): void {
    const error = property(answer, "error");
    if (error === undefined) return;
    const description = property(error, "description");
    const said = `JetStream could not ${what} (stream ${this.#stream}): ${typeof description === "string" ? description : "no reason"}`;
    // A stream that is not there yet may be made later; the caller decides.
    throw errorCode(answer) === STREAM_NOT_FOUND || number(property(error, "code")) < 500
      ? new StoreError(said)
      : new StoreUnavailable(said);
  }
}

function readConsumer(answer: unknown): ConsumerInfo {
  const config = property(answer, "config");
  return {
    delivered: number(property(property(answer, "delivered"), "stream_seq")),
    ackFloor: number(property(property(answer, "ack_floor"), "stream_seq")),
    waiting: number(property(answer, "num_pending")),
    unacknowledged: number(property(answer, "num_ack_pending")),
    ackWaitMs: Math.max(1_000, number(property(config, "ack_wait")) / NANOSECONDS),
    filtered: property(config, "filter_subject") !== undefined || property(config, "filter_subjects") !== undefined,
    fits: property(config, "ack_policy") === "explicit" && property(config, "deliver_subject") === undefined,
  };
}

function filters(subjects: readonly string[]): object {
  const [only, ...others] = subjects;
  if (only === undefined) return {};
  return others.length === 0 ? { filter_subject: only } : { filter_subjects: subjects };
}

function errorCode(answer: unknown): unknown {
  return property(property(answer, "error"), "err_code");
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
