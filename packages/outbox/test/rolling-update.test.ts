import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDelivery, type Delivery, type Message } from "@alumiini/delivery";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileOutbox, inspectOutbox } from "../src/index.js";

let parent: string;
let directory: string;
const open: Delivery[] = [];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "outbox-rolling-"));
  directory = join(parent, "outbox");
});

afterEach(async () => {
  for (const delivery of open.splice(0)) await delivery.close(AbortSignal.abort()).catch(() => {});
  await rm(parent, { recursive: true, force: true, maxRetries: 10 });
});

function deliver(received: string[] | undefined): Delivery {
  const delivery = createDelivery({
    name: "test",
    outbox: fileOutbox({ directory, lockTimeoutMs: 0 }),
    onFailure: () => {},
    transport: {
      async connect() {},
      async send(messages: readonly Message[]) {
        if (received === undefined) throw new Error("the receiver is down");
        for (const { id } of messages) received.push(id);
        return messages.map(() => ({ status: "delivered" as const }));
      },
    },
  });
  open.push(delivery);
  return delivery;
}

function accept(delivery: Delivery, ...ids: string[]): void {
  for (const id of ids) delivery.accept({ id, key: "shop", destination: "d", headers: {}, body: Buffer.from(id) });
}

describe("a sink with a file outbox", () => {
  it("waits for the directory that an old process holds, and then has everything", async () => {
    const old = deliver(undefined);
    accept(old, "1", "2", "3");
    await old.stored();
    const received: string[] = [];
    const next = deliver(received);
    accept(next, "4", "5");
    await expect.poll(() => next.stats().outbox?.state).toBe("failed");
    await old.close(AbortSignal.abort());
    await expect.poll(() => received.toSorted()).toEqual(["1", "2", "3", "4", "5"]);
    expect(next.stats()).toMatchObject({ accepted: 5, delivered: 5, recovered: 3, pending: 0 });
  });

  it("keeps what comes while the directory is a file, and stores it once it is none", async () => {
    await writeFile(directory, "");
    const delivery = deliver(undefined);
    accept(delivery, "1", "2");
    await expect.poll(() => delivery.stats().outbox?.state).toBe("failed");
    accept(delivery, "3");
    expect(delivery.stats()).toMatchObject({ accepted: 3, pending: 3, dropped: { overflow: 0 } });
    await rm(directory);
    await delivery.stored(AbortSignal.timeout(60_000));
    expect(delivery.stats().outbox).toMatchObject({ state: "open", pending: 3 });
  });

  it("flushes what an earlier process left, right after its start", async () => {
    const old = deliver(undefined);
    accept(old, ...Array.from({ length: 60 }, (_, at) => `${at}`));
    await old.stored();
    await old.close(AbortSignal.abort());
    // An aborted close releases the directory in the background.
    await expect.poll(async () => (await inspectOutbox(directory)).inUse).toBe(false);
    const received: string[] = [];
    const next = deliver(received);
    await next.flush(AbortSignal.timeout(60_000));
    expect(received).toHaveLength(60);
    expect(await next.recovered()).toBe(60);
  });
});
