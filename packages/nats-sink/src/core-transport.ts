import { abortable, type LinkState, type Message, type SendResult, type Transport } from "@alumiini/delivery";
import { BatchAttempt } from "./batch-attempt.js";
import { Publisher } from "./publisher.js";
import { type ConnectionSource, deniedError, processed, Session } from "./session.js";

/** Publishes without JetStream; a message is delivered when the server has processed it, whoever listens. */
export class CoreTransport implements Transport {
  readonly #session: Session;
  readonly #publisher = new Publisher();
  readonly #underWay = new Set<BatchAttempt>();

  constructor(source: ConnectionSource) {
    this.#session = new Session(source, {
      onInterruption: (error) => this.#interrupt(error),
      onDenied: (operation, subject) => {
        if (operation === "publish") this.#deny(subject);
      },
      isBusy: () => this.#underWay.size > 0,
    });
  }

  followLink(listener: (state: LinkState) => void): void {
    this.#session.follow(listener);
  }

  async connect(signal: AbortSignal): Promise<void> {
    await this.#session.ready(signal);
    this.#session.release();
  }

  async send(batch: readonly Message[], signal: AbortSignal): Promise<readonly SendResult[]> {
    const connection = await this.#session.ready(signal);
    const attempt = new BatchAttempt(batch);
    this.#underWay.add(attempt);
    try {
      this.#publisher.publish(connection, attempt);
      await abortable(Promise.race([processed(connection), attempt.results]), signal);
      for (let index = 0; index < batch.length; index++) attempt.settle(index, { status: "delivered" });
    } finally {
      this.#underWay.delete(attempt);
    }
    return attempt.results;
  }

  async close(): Promise<void> {
    this.#interrupt(new Error("the sink is closed"));
    await this.#session.close();
  }

  #interrupt(error: Error): void {
    for (const attempt of this.#underWay) attempt.leave(error);
  }

  #deny(subject: string): void {
    const error = deniedError("publish", subject);
    for (const attempt of this.#underWay) attempt.leaveSubject(subject, error);
  }
}
