import { expect } from "vitest";
import {
  createDelivery,
  type Delivery,
  type DeliveryConfig,
  type DeliveryFailure,
  type DeliveryStats,
  type Message,
  type SendResult,
  type Transport,
} from "../src/index.js";
import { FakeTime } from "./fake-time.js";

/** A message whose id tells its key and its place among all of a test. */
export function message(id: number | string, key = "a", size = 10): Message {
  return { id: `${id}`, key, destination: "", headers: {}, body: new Uint8Array(size) };
}

export const delivered: SendResult = { status: "delivered" };
export const retry = (text = "busy"): SendResult => ({ status: "retry", error: new Error(text) });
export const rejected = (text = "malformed"): SendResult => ({ status: "rejected", error: new Error(text) });

/** One call of `send`, under way until the test answers it. */
export interface Call {
  readonly ids: readonly string[];
  readonly messages: readonly Message[];
  readonly signal: AbortSignal;
  answer(results: readonly SendResult[]): void;
  fail(error: Error): void;
}

/** A transport that does nothing until it is told to. */
export class ManualTransport implements Transport {
  readonly calls: Call[] = [];
  closed = 0;

  send(batch: readonly Message[], signal: AbortSignal): Promise<readonly SendResult[]> {
    return new Promise((answer, fail) => {
      this.calls.push({ ids: batch.map(({ id }) => id), messages: batch, signal, answer, fail });
    });
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }

  /** Answers the calls so far that are not answered yet: all delivered. */
  async deliverAll(time: FakeTime): Promise<void> {
    for (const call of this.calls) call.answer(call.ids.map(() => delivered));
    await time.advance(0);
  }
}

/** A transport that answers every batch at once. */
export function instantTransport(answer: (message: Message, attempt: number) => SendResult = () => delivered) {
  const sent: string[] = [];
  const attempts = new Map<string, number>();
  const transport: Transport = {
    send: async (batch) =>
      batch.map((one) => {
        sent.push(one.id);
        const attempt = (attempts.get(one.id) ?? 0) + 1;
        attempts.set(one.id, attempt);
        return answer(one, attempt);
      }),
  };
  return { transport, sent };
}

/** A delivery in fake time, with what it reported and gave up. */
export function deliver(transport: Transport, options: Partial<DeliveryConfig> = {}) {
  const time = options.time instanceof FakeTime ? options.time : new FakeTime();
  const failures: DeliveryFailure[] = [];
  const dead: string[] = [];
  const delivery = createDelivery({
    name: "test",
    transport,
    time,
    onFailure: (failure) => failures.push(failure),
    onDeadLetter: ({ id }, reason) => dead.push(`${id}: ${reason}`),
    ...options,
  });
  return { delivery, time, failures, dead };
}

export function droppedOf(stats: DeliveryStats): number {
  return Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
}

/** At every instant nothing is lost without a trace. */
export function expectConservation(delivery: Pick<Delivery, "stats">): void {
  const stats = delivery.stats();
  expect(stats.delivered + droppedOf(stats) + stats.pending, JSON.stringify(stats)).toBe(stats.accepted);
  for (const [name, value] of Object.entries(stats))
    if (typeof value === "number") expect(value, name).not.toBeLessThan(0);
}
