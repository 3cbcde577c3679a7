import type { Message, SendResult } from "@alumiini/core/delivery";

/** One batch on its way: collects a result for each message, and answers when it has them all. */
export class BatchAttempt {
  readonly batch: readonly Message[];
  readonly results: Promise<readonly SendResult[]>;
  /** Whether it ended because its time was over, and not because every message had its answer. */
  timedOut = false;
  readonly #results: (SendResult | undefined)[];
  #open: number;
  #answer: (results: readonly SendResult[]) => void = () => {};

  constructor(batch: readonly Message[]) {
    this.batch = batch;
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

  /** Gives a message its result, unless it has one. */
  settle(index: number, result: SendResult): void {
    if (this.hasResult(index)) return;
    this.#results[index] = result;
    this.#open--;
    if (this.#open === 0) this.#answer(this.#results.filter((each) => each !== undefined));
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
}
