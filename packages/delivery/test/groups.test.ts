import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "../src/index.js";
import { RUNS } from "./driver.js";
import { FakeTime, settlePromises } from "./fake-time.js";
import { deliver, delivered, instantTransport, ManualTransport, message } from "./support.js";

/** A transport whose groups are the first letters of the keys. */
class GroupingTransport extends ManualTransport {
  asked = 0;
  /** Whether it can tell. */
  knows = true;

  groupOf({ key }: Message): string {
    this.asked++;
    return this.knows ? key.slice(0, 1) : "";
  }

  /** The ids of each batch so far. */
  get batches(): readonly (readonly string[])[] {
    return this.calls.map(({ ids }) => ids);
  }
}

describe("groups", () => {
  it("do not share a batch", async () => {
    const transport = new GroupingTransport();
    const { delivery, time } = deliver(transport);
    for (const [id, key] of ["a1", "b1", "a2", "b2", "a1"].entries()) delivery.accept(message(id, key));
    await time.advance(5);
    expect(transport.batches).toEqual([
      ["0", "4", "2"],
      ["1", "3"],
    ]);
  });

  it("fill their batches by themselves: one that is full leaves, others linger", async () => {
    const transport = new GroupingTransport();
    const { delivery, time } = deliver(transport, { maxBatchMessages: 3, lingerMs: 50 });
    await time.advance(0);
    for (const [id, key] of ["b1", "a1", "a2", "c1", "a3", "a4"].entries()) delivery.accept(message(id, key));
    await settlePromises();
    expect(transport.batches).toEqual([["1", "2", "4"]]);
    await time.advance(49);
    expect(transport.batches).toHaveLength(1);
    await time.advance(1);
    expect(transport.batches.slice(1)).toEqual([["0"], ["3"], ["5"]]);
  });

  it("are full by bytes too", async () => {
    const transport = new GroupingTransport();
    const { delivery, time } = deliver(transport, { maxBatchBytes: 100, lingerMs: 50 });
    await time.advance(0);
    delivery.accept(message("b", "b1", 20));
    for (let id = 0; id < 3; id++) delivery.accept(message(id, "a1", 47));
    await settlePromises();
    expect(transport.batches).toEqual([["0", "1"]]);
  });

  it("that fill no batch get their turn beside those that always do", async () => {
    const transport = new GroupingTransport();
    const options = { lingerMs: 0, maxInFlight: 1, maxBatchMessages: 2, maxQueueMessages: 1000 };
    const { delivery, time } = deliver(transport, options);
    await time.advance(0);
    delivery.accept(message("alone", "d"));
    for (let id = 0; id < 300; id++) delivery.accept(message(id, `${"abc"[id % 3]}${id}`));
    for (let sent = 0; sent < 12; sent++) await transport.deliverAll(time);
    expect(transport.batches.findIndex(([id]) => id === "alone")).toBe(8);
    expect(transport.batches.filter(({ length }) => length === 2)).toHaveLength(11);
  });

  it("whose messages wait equally long take turns", async () => {
    const transport = new GroupingTransport();
    const { delivery, time } = deliver(transport, { lingerMs: 0, maxInFlight: 1, maxBatchMessages: 2 });
    for (let id = 0; id < 12; id++) delivery.accept(message(id, `${"abc"[id % 3]}${id}`));
    for (let round = 0; round < 6; round++) await transport.deliverAll(time);
    expect(transport.calls.map(({ messages }) => messages[0]?.key.slice(0, 1)).join("")).toBe("abcabc");
  });

  it("are asked for anew once there is a connection", async () => {
    const transport = new GroupingTransport();
    transport.knows = false;
    const connect = async () => {
      transport.knows = true;
    };
    const { delivery, time } = deliver(Object.assign(transport, { connect }));
    for (const [id, key] of ["a1", "b1", "a2"].entries()) delivery.accept(message(id, key));
    await time.advance(5);
    expect(transport.batches).toEqual([["0", "2"], ["1"]]);
  });

  it("are asked for by the key, not by the message, while the key has messages", async () => {
    const transport = new GroupingTransport();
    const { delivery, time } = deliver(transport, { maxBatchMessages: 10_000 });
    await time.advance(0);
    for (let id = 0; id < 10_000; id++) delivery.accept(message(id, `a${id % 100}`));
    await time.advance(5);
    expect(transport.batches).toHaveLength(1);
    expect(transport.asked).toBe(100);
  });

  it("that can't be told are one", async () => {
    const { transport, sent } = instantTransport();
    const groupOf = () => {
      throw new Error("no idea");
    };
    const { delivery } = deliver({ ...transport, groupOf });
    for (const key of ["a", "b"]) delivery.accept(message(key, key));
    await delivery.flush();
    expect(sent).toEqual(["a", "b"]);
    expect(delivery.stats()).toMatchObject({ delivered: 2, batches: 1 });
  });

  it("make no message wait for longer than it lingers, whatever the others do", async () => {
    const anyMessage = fc.record({ key: fc.constantFrom("a1", "a2", "b1", "c1", "d1"), pause: fc.nat({ max: 4 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { maxLength: 40 }), async (messages) => {
        const time = new FakeTime();
        const acceptedAt = new Map<string, number>();
        const waits: number[] = [];
        const send = async (batch: readonly Message[]) => {
          for (const { id } of batch) waits.push(time.now() - (acceptedAt.get(id) ?? 0));
          return batch.map(() => delivered);
        };
        const groupOf = ({ key }: Message) => key.slice(0, 1);
        const { delivery } = deliver({ send, groupOf }, { time, lingerMs: 5, maxInFlight: 10 });
        await time.advance(0);
        for (const [id, { key, pause }] of messages.entries()) {
          acceptedAt.set(`${id}`, time.now());
          delivery.accept(message(id, key));
          await time.advance(pause);
        }
        await time.advance(5);
        expect(waits).toHaveLength(messages.length);
        expect(Math.max(0, ...waits)).toBeLessThanOrEqual(5);
      }),
      RUNS,
    );
  });
});
