import { abortable, type LinkState, type Message, type SendResult, type Transport, toError } from "@alumiini/delivery";
import { AckInbox } from "./ack-inbox.js";
import { BatchAttempt } from "./batch-attempt.js";
import { inboxPrefixOf, type NatsConnection } from "./client.js";
import { missingStream } from "./expect-stream.js";
import { Publisher } from "./publisher.js";
import { type ConnectionSource, deniedError, processed, Session } from "./session.js";

/** What a JetStream transport is told. */
export interface JetStreamTransportOptions {
  /** The stream that must store the messages; any when absent. */
  readonly stream?: string | undefined;
  /** What the subjects of all messages match, where that is known before the first of them. */
  readonly subjects?: string | undefined;
  /** Where acknowledgements go; the connection's own prefix when absent. */
  readonly inboxPrefix?: string | undefined;
}

/** So long nothing must have been refused before batches are published without waiting in between again. */
const CALM_MS = 2000;

/**
 * Publishes whole batches without waiting in between; a message is delivered when JetStream has acknowledged it. After
 * a refusal or a lost connection each message waits for the one before it of the same key: a server that is recovering,
 * electing a leader or full may refuse one and take the next.
 */
export class JetStreamTransport implements Transport {
  readonly #session: Session;
  readonly #inbox: AckInbox;
  readonly #publisher: Publisher;
  readonly #inboxPrefix: string | undefined;
  readonly #stream: string | undefined;
  readonly #subjects: string | undefined;
  #attached: NatsConnection | undefined;
  #subscription: { unsubscribe(): void } | undefined;
  /** Set where the server does not allow the subscription to the acknowledgements. */
  #denied: Error | undefined;
  /** A batch timed out: what was published before may still be on its way. */
  #congested = false;
  /** Batches whose acknowledgements are awaited. */
  #underWay = 0;
  #wary = false;
  #troubledAt = 0;

  constructor(source: ConnectionSource, { stream, subjects, inboxPrefix }: JetStreamTransportOptions) {
    this.#inbox = new AckInbox(stream);
    this.#publisher = new Publisher(stream === undefined ? {} : { "Nats-Expected-Stream": stream });
    this.#inboxPrefix = inboxPrefix;
    this.#stream = stream;
    this.#subjects = subjects;
    this.#session = new Session(source, {
      onInterruption: (error) => {
        this.#beWary();
        this.#inbox.interrupt(error);
      },
      onDenied: (operation, subject) => this.#deny(operation, subject),
      isBusy: () => this.#underWay > 0,
    });
  }

  followLink(listener: (state: LinkState) => void): void {
    this.#session.follow(listener);
  }

  async connect(signal: AbortSignal): Promise<void> {
    const connection = await this.#session.ready(signal);
    await this.#attach(connection, signal);
    this.#session.release();
    void this.#lookForStream(connection);
  }

  async send(batch: readonly Message[], signal: AbortSignal): Promise<readonly SendResult[]> {
    const attempt = new BatchAttempt(batch, this.#wary);
    this.#inbox.settleAcknowledged(attempt);
    const onAbort = () => {
      if (attempt.over) return;
      this.#congested = true;
      this.#inbox.timeOut(attempt, toError(signal.reason));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#underWay++;
    try {
      if (!attempt.over) await this.#publish(attempt, signal);
    } catch (error) {
      attempt.leave(toError(error));
    }
    const results = await attempt.results;
    this.#underWay--;
    signal.removeEventListener("abort", onAbort);
    // On a link where every attempt times out, few messages under way would be fewer still.
    if (attempt.timedOut) this.#wary = false;
    else if (results.some(({ status }) => status === "retry")) this.#beWary();
    else if (performance.now() - this.#troubledAt > CALM_MS) this.#wary = false;
    return results;
  }

  async close(): Promise<void> {
    this.#inbox.interrupt(new Error("the sink is closed"));
    if (this.#attached?.isClosed() === false) this.#subscription?.unsubscribe();
    await this.#session.close();
  }

  async #publish(attempt: BatchAttempt, signal: AbortSignal): Promise<void> {
    const connection = await this.#session.ready(signal);
    await this.#attach(connection, signal);
    // Sending again what still waits in the socket would fill memory faster than a slow link empties it.
    if (this.#congested) await abortable(connection.flush(), signal);
    if (!this.#session.isUp(connection)) throw new Error("the connection to NATS was lost");
    this.#congested = false;
    this.#publisher.publish(connection, attempt, this.#inbox.expect(attempt));
  }

  /** Reports before the first message that no stream will take it. */
  async #lookForStream(connection: NatsConnection): Promise<void> {
    if (this.#subjects === undefined) return;
    const error = await missingStream(connection, this.#subjects, this.#stream);
    if (error !== undefined) this.#session.warn(connection, error);
  }

  #beWary(): void {
    this.#wary = true;
    this.#troubledAt = performance.now();
  }

  /** Subscribes to the acknowledgements, once on each connection. */
  async #attach(connection: NatsConnection, signal: AbortSignal): Promise<void> {
    if (this.#attached === connection && this.#denied === undefined) return;
    // What was refused may be allowed by now.
    if (this.#denied !== undefined) this.#subscription?.unsubscribe();
    this.#denied = undefined;
    this.#attached = connection;
    this.#inbox.open(this.#inboxPrefix ?? inboxPrefixOf(connection) ?? "_INBOX");
    this.#subscription = connection.subscribe(this.#inbox.subject, {
      callback: (error, message) => {
        // An error is that the server refuses the subscription, of which the connection's status tells too.
        if (error === null) this.#inbox.take(message);
      },
    });
    await abortable(processed(connection), signal);
    if (this.#denied !== undefined) throw this.#denied;
  }

  #deny(operation: string, subject: string): void {
    const error = deniedError(operation, subject);
    if (operation === "publish") {
      this.#inbox.deny(subject, error);
    } else if (subject === this.#inbox.subject) {
      this.#denied = error;
      this.#inbox.interrupt(error);
    }
  }
}
