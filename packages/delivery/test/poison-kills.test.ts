import fc from "fast-check";
import { expect, it } from "vitest";
import type { Message, SendResult, Transport } from "../src/index.js";
import { MemoryOutbox } from "../src/testing/index.js";
import { expectOrder, RUNS } from "./driver.js";
import { FakeTime } from "./fake-time.js";
import { deliver, delivered, message, retry } from "./support.js";

/** An outbox of a process that can be killed: nothing that it does afterwards reaches its storage. */
class MortalOutbox extends MemoryOutbox {
  alive = true;

  override append(payload: Uint8Array) {
    return this.alive ? super.append(payload) : "closed";
  }

  override acknowledge(sequences: readonly number[]): void {
    if (this.alive) super.acknowledge(sequences);
  }
}

const anyLife = fc.record({
  /** Messages by key; one in a hundred is bad. */
  messages: fc.array(
    fc.record({ key: fc.integer({ min: 0, max: 4 }), bad: fc.integer({ min: 0, max: 99 }).map((roll) => roll === 0) }),
    { maxLength: 40 },
  ),
  /** Milliseconds until the process is killed. */
  until: fc.constantFrom(0, 1, 7, 40, 400),
});

it("killed at any time, with one message in a hundred bad, it loses none, in order, and gives up the bad ones", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyLife, { minLength: 1, maxLength: 6 }), fc.boolean(), async (lives, asWhole) => {
      const { storage } = new MemoryOutbox();
      const got: Message[] = [];
      const dead = new Set<string>();
      const accepted: Message[] = [];
      const isBad = ({ id }: Message) => id.endsWith("9999");
      const time = new FakeTime(() => 0.5);
      /** One process, from its start until `alive` is false. */
      const start = () => {
        const outbox = new MortalOutbox(storage);
        const transport: Transport = {
          send: (batch) =>
            new Promise((resolve) => {
              time.setTimer(() => {
                // What a dead process has sent may have arrived; nobody hears the answer.
                const spoilt = asWhole && batch.some(isBad);
                const stuck = new Set<string>();
                const results = batch.map((one): SendResult => {
                  if (isBad(one) || spoilt) stuck.add(one.key);
                  if (stuck.has(one.key)) return retry();
                  got.push(one);
                  return delivered;
                });
                if (outbox.alive) resolve(results);
              }, 3);
            }),
        };
        const { delivery } = deliver(transport, {
          time,
          outbox,
          maxQueueMessages: 30,
          maxBatchMessages: 7,
          retry: { initialDelayMs: 5, maxDelayMs: 50, maxAttempts: 3 },
          onDeadLetter: ({ id }) => outbox.alive && dead.add(id),
        });
        return { delivery, outbox };
      };
      for (const { messages, until } of lives) {
        const { delivery, outbox } = start();
        for (const { key, bad } of messages) {
          const one = message(accepted.length * 100_000 + (bad ? 99_999 : 0), `${key}`);
          accepted.push(one);
          delivery.accept(one);
        }
        await time.advance(until);
        outbox.alive = false;
        // Its last batches arrive, or not, before the next process begins.
        await time.advance(3);
      }
      const last = start();
      await time.advance(1);
      let more = 0;
      for (let round = 0; round < 60 && last.delivery.stats().pending > 0; round++) {
        // Others pass, so that attempts count.
        last.delivery.accept({ ...message(more++, "other"), id: `other ${more}` });
        await time.advance(100);
      }
      const arrived = new Set(got.map(({ id }) => id));
      expect(accepted.filter((one) => !isBad(one) && !arrived.has(one.id))).toEqual([]);
      expect(accepted.filter((one) => isBad(one) && !dead.has(one.id))).toEqual([]);
      const firsts = new Map<string, Message>();
      for (const one of got) if (one.key !== "other" && !firsts.has(one.id)) firsts.set(one.id, one);
      expectOrder([...firsts.values()]);
    }),
    { numRuns: Math.ceil(RUNS.numRuns / 3) },
  );
});
