import { randomBytes } from "node:crypto";
import { inboxOf, type NatsConnection, type NatsMessage } from "./client.js";

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 2_000;
const NANOSECONDS = 1_000_000;

/** How a request for messages ended. */
export type PullEnd = "complete" | "expired" | "consumer_gone" | "unavailable";

/** Asks a pull consumer for messages, one request at a time. */
export class Puller {
  readonly #connection: NatsConnection;
  readonly #subject: string;
  readonly #inbox: string;
  readonly #subscription: { unsubscribe(): void };
  #request = 0;
  #current: Pull | undefined;

  /** @param subject where to ask */
  constructor(connection: NatsConnection, subject: string, onMessage: (message: NatsMessage) => void) {
    this.#connection = connection;
    this.#subject = subject;
    this.#inbox = inboxOf(connection, randomBytes(11).toString("hex"));
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) return;
        const { code = 0, description = "" } = message.headers ?? {};
        // A message keeps its own subject. One that comes after its request was given up counts for the next.
        if (code === 0 || message.subject === `${this.#inbox}.${this.#request}`) this.#current?.note(code, description);
        if (code === 0) onMessage(message);
      },
    });
  }

  /** Resolves when as many messages have come, or the request has ended otherwise. */
  pull(batch: number, maxBytes: number): Promise<PullEnd> {
    this.#request++;
    const pull = new Pull(batch);
    this.#current = pull;
    const body = {
      batch,
      max_bytes: maxBytes,
      expires: EXPIRES_MS * NANOSECONDS,
      idle_heartbeat: HEARTBEAT_MS * NANOSECONDS,
    };
    try {
      this.#connection.publish(this.#subject, new TextEncoder().encode(JSON.stringify(body)), {
        reply: `${this.#inbox}.${this.#request}`,
      });
    } catch {
      pull.end("unavailable");
    }
    return pull.ended;
  }

  stop(): void {
    this.#subscription.unsubscribe();
    this.#current?.end("expired");
  }
}

/** One request under way. */
class Pull {
  readonly ended: Promise<PullEnd>;
  end: (how: PullEnd) => void = () => {};
  #left: number;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(batch: number) {
    this.#left = batch;
    this.ended = new Promise((resolve) => {
      this.end = (how) => {
        clearTimeout(this.#silence);
        resolve(how);
      };
    });
    this.#listen();
  }

  /** @param code that of a status, 0 for a message */
  note(code: number, description: string): void {
    this.#listen();
    if (code === 100) return; // A heartbeat.
    if (code === 0) {
      this.#left--;
      if (this.#left === 0) this.end("complete");
    } else if (code === 409 && /consumer deleted|consumer not found/i.test(description)) this.end("consumer_gone");
    else if (code === 503) this.end("unavailable");
    else this.end("expired");
  }

  /** Two heartbeats that did not come: the server is away, has forgotten the request, or has no such consumer any more. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.end("unavailable"), 2 * HEARTBEAT_MS + 1_000);
    this.#silence.unref();
  }
}
