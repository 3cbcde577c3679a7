import type { Message, SendResult } from "@alumiini/delivery";

/** One batch on its way: collects a result for each message, and resolves when it has them all. */
export class BatchAttempt {
  readonly batch: readonly Message[];
  readonly results: Promise<readonly SendResult[]>;
  /** Whether it ended because its time was over, and not because every message had its answer. */
  timedOut = false;
  readonly #stepwise: boolean;
  readonly #results: (SendResult | undefined)[];
  #open: number;
  #answer: (results: readonly SendResult[]) => void = () => {};
  #publish: (index: number) => void = () => {};
  #publishing = false;

  /** @param stepwise whether a message is published only when the one before it of the same key has its result */
  constructor(batch: readonly Message[], stepwise = false) {
    this.batch = batch;
    this.#stepwise = stepwise;
    this.#results = new Array<SendResult | undefined>(batch.length).fill(undefined);
    this.#open = batch.length;
    this.results = new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /** Whether every message has its result. */
  get over(): boolean {
    return this.#open === 0;
  }

  hasResult(index: number): boolean {
    return this.#results[index] !== undefined;
  }

  /** Has the messages published that have no result, in their order. */
  publish(publish: (index: number) => void): void {
    if (!this.#stepwise) {
      for (let index = 0; index < this.batch.length; index++) if (!this.hasResult(index)) publish(index);
      return;
    }
    this.#publish = publish;
    this.#publishing = true;
    const underWay = new Set<string>();
    for (let index = 0; index < this.batch.length; index++) {
      const key = this.batch[index]?.key ?? "";
      if (this.hasResult(index) || underWay.has(key)) continue;
      publish(index);
      if (!this.hasResult(index)) underWay.add(key);
    }
    this.#publishing = false;
  }

  /** Gives a message its result, unless it has one. */
  settle(index: number, result: SendResult): void {
    if (this.hasResult(index)) return;
    this.#settle(index, result);
    if (this.#stepwise && !this.#publishing) this.#goOn(index, result);
  }

  /** Leaves all messages from `first` on that have no result to be sent again. */
  leave(error: Error, first = 0): void {
    for (let index = first; index < this.batch.length; index++) this.settle(index, { status: "retry", error });
  }

  /** Leaves the messages of one subject that have no result to be sent again. */
  leaveSubject(subject: string, error: Error): void {
    for (const [index, { destination }] of this.batch.entries()) {
      if (destination === subject) this.settle(index, { status: "retry", error });
    }
  }

  #settle(index: number, result: SendResult): void {
    this.#results[index] = result;
    this.#open--;
    if (this.#open === 0) this.#answer(this.#results.filter((each) => each !== undefined));
  }

  /** Publishes the next message of the key. Behind one that is to be sent again, all of the key are. */
  #goOn(last: number, result: SendResult): void {
    const key = this.batch[last]?.key;
    this.#publishing = true;
    for (let index = last + 1; index < this.batch.length; index++) {
      if (this.batch[index]?.key !== key || this.hasResult(index)) continue;
      if (result.status === "retry") this.#settle(index, result);
      else this.#publish(index);
      // One that was refused before it left makes way for the next.
      if (!this.hasResult(index)) break;
    }
    this.#publishing = false;
  }
}
