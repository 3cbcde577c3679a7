import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeAccepted, encodeMessage, type Outbox } from "@alumiini/delivery";
import { afterEach, beforeEach, expect, it } from "vitest";
import { acceptDeadLettersAgain, type FileOutboxOptions, fileOutbox, inspectOutbox, readOutbox } from "../src/index.js";

const LONG_AGO = Date.UTC(2026, 0, 2);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "outbox-again-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function opened(options: Partial<FileOutboxOptions> = {}): Promise<Outbox> {
  const outbox = fileOutbox({ directory, lockTimeoutMs: 0, ...options });
  await outbox.open({ onFailure: () => {} });
  return outbox;
}

function record(id: string, bytes = 2): Uint8Array {
  const message = { id, key: "shop", destination: "events.shop", headers: {}, body: new Uint8Array(bytes) };
  return encodeMessage(message, LONG_AGO);
}

function giveUp(outbox: Outbox, id: string, bytes?: number): void {
  outbox.keepDeadLetter?.({ payload: record(id, bytes), reason: "rejected", error: "HTTP 400", time: LONG_AGO });
}

async function pending(): Promise<{ id: string | undefined; acceptedAt: number | undefined }[]> {
  const found: { id: string | undefined; acceptedAt: number | undefined }[] = [];
  for await (const { kind, payload } of readOutbox(directory)) {
    const accepted = decodeAccepted(payload);
    if (kind === "pending") found.push({ id: accepted?.message.id, acceptedAt: accepted?.acceptedAt });
  }
  return found;
}

it("puts dead letters behind what waits, accepted now, and keeps them no longer", async () => {
  const outbox = await opened();
  outbox.append(record("waits"));
  giveUp(outbox, "first");
  giveUp(outbox, "second");
  await outbox.close();
  const before = Date.now();
  expect(await acceptDeadLettersAgain(directory)).toBe(2);
  const found = await pending();
  expect(found.map(({ id }) => id)).toEqual(["waits", "first", "second"]);
  expect(found[0]?.acceptedAt).toBe(LONG_AGO);
  for (const { acceptedAt = 0 } of found.slice(1)) expect(acceptedAt).toBeGreaterThanOrEqual(before);
  expect(await inspectOutbox(directory)).toMatchObject({ pending: 3, deadLetters: {}, inUse: false });
  expect(await acceptDeadLettersAgain(directory)).toBe(0);
});

it("needs the outbox for itself", async () => {
  const outbox = await opened();
  giveUp(outbox, "first");
  await outbox.flush();
  await expect(acceptDeadLettersAgain(directory)).rejects.toThrow("in use");
  await outbox.close();
  expect(await inspectOutbox(directory)).toMatchObject({ pending: 0, deadLetters: { rejected: 1 } });
});

it("accepts more than memory may hold", async () => {
  const outbox = await opened({ maxDeadLetterBytes: 256 * 1_048_576 });
  for (let index = 0; index < 24; index++) {
    giveUp(outbox, `large-${index}`, 4_000_000);
    await outbox.flush();
  }
  await outbox.close();
  expect(await acceptDeadLettersAgain(directory)).toBe(24);
  expect(await inspectOutbox(directory)).toMatchObject({ pending: 24, deadLetters: {} });
});
