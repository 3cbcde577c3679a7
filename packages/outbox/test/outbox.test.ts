import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OptionError } from "@alumiini/core/adapter";
import type { Outbox } from "@alumiini/delivery";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FileOutboxOptions, fileOutbox } from "../src/index.js";

const ALL = { maxRecords: 1_000_000, maxBytes: 1_000_000_000 };

let directory: string;
let outbox: Outbox;
const failures: Error[] = [];

beforeEach(async () => {
  failures.length = 0;
  directory = await mkdtemp(join(tmpdir(), "outbox-"));
  outbox = create();
});

afterEach(async () => {
  await outbox.close();
  await rm(directory, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

function create(options: Partial<FileOutboxOptions> = {}): Outbox {
  return fileOutbox({ directory, fsync: "never", lockTimeoutMs: 0, ...options });
}

async function open(next = outbox): Promise<void> {
  outbox = next;
  await outbox.open({ onFailure: (error) => failures.push(error) });
}

async function reopen(options: Partial<FileOutboxOptions> = {}): Promise<void> {
  await outbox.close();
  await open(create(options));
}

function append(text: string): number {
  const sequence = outbox.append(Buffer.from(text));
  if (typeof sequence !== "number") throw new Error(`refused: ${sequence}`);
  return sequence;
}

async function texts(after = 0, limits: Parameters<Outbox["read"]>[1] = ALL): Promise<string[]> {
  return (await outbox.read(after, limits)).map(({ payload }) => Buffer.from(payload).toString());
}

describe("an outbox on the disk", () => {
  it("holds what was appended, of any size, for the next process", async () => {
    await open();
    const sizes = [0, 1, 15, 16, 17, 4096, 131_071, 131_072, 131_073, 1_000_000];
    const payloads = sizes.map((size) => String(size % 10).repeat(size));
    for (const payload of payloads) append(payload);
    expect(await texts()).toEqual(payloads);
    await reopen();
    expect(outbox.stats()).toMatchObject({ pending: sizes.length, corrupt: 0, degraded: false });
    expect(await texts()).toEqual(payloads);
  });

  it("takes records before it is open, behind those of the process before", async () => {
    await open();
    append("old");
    await outbox.close();
    outbox = create();
    const sequence = append("early");
    const opening = open(outbox);
    append("while opening");
    await opening;
    append("late");
    expect(await texts()).toEqual(["old", "early", "while opening", "late"]);
    expect(await texts(sequence)).toEqual(["while opening", "late"]);
    expect(outbox.stats().pending).toBe(4);
  });

  it("keeps the limits of a read", async () => {
    await open();
    for (const text of ["a".repeat(10), "b".repeat(10), "c".repeat(10)]) append(text);
    expect(await texts(0, { maxRecords: 2, maxBytes: 1000 })).toHaveLength(2);
    expect(await texts(0, { maxRecords: 9, maxBytes: 20 })).toHaveLength(2);
    expect(await texts(0, { maxRecords: 9, maxBytes: 29 })).toHaveLength(2);
    expect(await texts(0, { maxRecords: 9, maxBytes: 1 })).toHaveLength(1);
  });

  it("never answers again what was acknowledged, in whatever order, with files in between given back", async () => {
    await open(create({ maxBytes: 262_144, segmentBytes: 4096 }));
    const sequences = Array.from({ length: 300 }, (_, index) => append(`${index}`.padEnd(100)));
    await outbox.flush();
    expect(await segmentCount()).toBe(8);
    outbox.acknowledge(sequences.filter((_, index) => index % 150 !== 7).reverse());
    outbox.acknowledge([sequences[3] ?? 0, 0, -1, 1e15, Number.NaN]);
    await outbox.flush();
    // The two with what is left, and the last.
    expect(await segmentCount()).toBe(3);
    expect((await texts()).map(Number)).toEqual([7, 157]);
    await reopen({ maxBytes: 262_144, segmentBytes: 4096 });
    expect((await texts()).map(Number)).toEqual([7, 157]);
    expect(outbox.stats().pending).toBe(2);
  });

  it("does not keep a reader waiting for the end while records are appended and acknowledged", async () => {
    await open(create({ maxBytes: 1_048_576, segmentBytes: 4096 }));
    const seen: number[] = [];
    let appended = 0;
    const writing = (async () => {
      for (let round = 0; round < 200; round++) {
        for (let record = 0; record < 20; record++) append(`${appended++}`.padEnd(120));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let after = 0; seen.length < 4000; ) {
      const page = await outbox.read(after, { maxRecords: 50, maxBytes: 3000 });
      if (page.length === 0) await new Promise((resolve) => setImmediate(resolve));
      seen.push(...page.map(({ payload }) => Number(Buffer.from(payload).toString())));
      after = page.at(-1)?.sequence ?? after;
      outbox.acknowledge(page.map(({ sequence }) => sequence));
    }
    await writing;
    expect(seen).toEqual(Array.from({ length: 4000 }, (_, index) => index));
    expect(outbox.stats().pending).toBe(0);
  });

  it("is full at its bound, and takes records again when some are done", async () => {
    const maxBytes = 65_536;
    await open(create({ maxBytes }));
    const sequences: number[] = [];
    for (;;) {
      const answer = outbox.append(Buffer.alloc(500));
      if (typeof answer !== "number") {
        expect(answer).toBe("full");
        break;
      }
      sequences.push(answer);
    }
    await outbox.flush();
    expect(await bytesOnDisk()).toBeLessThanOrEqual(maxBytes);
    expect(await bytesOnDisk()).toBeGreaterThan(0.95 * maxBytes);
    expect(outbox.stats().bytes).toBeLessThanOrEqual(maxBytes);
    outbox.acknowledge(sequences.slice(0, sequences.length / 2));
    await outbox.flush();
    expect(append("again")).toBeGreaterThan(sequences.at(-1) ?? 0);
  });

  it("refuses what is too large, and everything once it is closed", async () => {
    await open(create({ maxBytes: 65_536 }));
    expect(outbox.append(Buffer.alloc(8192))).toBe("too_large");
    expect(outbox.append(Buffer.alloc(8192 - 40))).toBeTypeOf("number");
    const closing = outbox.close();
    expect(outbox.append(Buffer.alloc(1))).toBe("closed");
    await closing;
    await expect(outbox.flush()).rejects.toThrow("closed");
    await expect(outbox.read(0, ALL)).rejects.toThrow("closed");
    await outbox.close();
  });

  it("removes what processes without a record left", async () => {
    await open();
    append("kept");
    await outbox.close();
    for (let process = 0; process < 3; process++) {
      await open(create());
      await expect.poll(segmentCount).toBe(2);
      await outbox.close();
    }
    await open(create());
    expect(await texts()).toEqual(["kept"]);
  });

  it("writes what was appended without being told to", async () => {
    await open();
    append("x".repeat(5000));
    await expect.poll(bytesOnDisk).toBeGreaterThan(5000);
  });

  it("leaves files that only their owner can read", async () => {
    await open(create({ directory: join(directory, "a", "b") }));
    append("secret");
    await outbox.flush();
    const deep = join(directory, "a", "b");
    expect((await stat(deep)).mode & 0o077).toBe(0);
    const segments = (await readdir(deep)).filter((name) => name.endsWith(".segment"));
    expect(segments).toHaveLength(1);
    for (const name of segments) expect((await stat(join(deep, name))).mode & 0o077).toBe(0);
  });

  it("is opened once, by one", async () => {
    await open();
    await expect(outbox.open({ onFailure: () => {} })).rejects.toThrow("open already");
    const second = create();
    expect(second.append(Buffer.from("early"))).toBeTypeOf("number");
    await expect(second.open({ onFailure: () => {} })).rejects.toThrow("in use by another process");
    expect(second.append(Buffer.from("late"))).toBe("closed");
    await second.close();
  });
});

async function segmentCount(): Promise<number> {
  return (await readdir(directory)).filter((name) => name.endsWith(".segment")).length;
}

async function bytesOnDisk(): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(directory)) {
    const { isFile, size } = await stat(join(directory, name)).then((found) => ({
      isFile: found.isFile(),
      size: found.size,
    }));
    if (isFile) bytes += size;
  }
  return bytes;
}

describe("options", () => {
  it.each([
    [{ directory: "" }, 'option "directory" is ""; it must be a text that is not empty'],
    [{ fsync: "sometimes" }, 'must be "always", "interval" or "never"'],
    [{ maxBytes: "1" }, 'option "maxBytes" is "1"'],
    [{ maxBytes: 65_535 }, "must be a whole number of 65536 or more"],
    [{ maxBytes: 65_536, segmentBytes: 8193 }, "must be a whole number from 4096 to 8192"],
    [{ segmentBytes: 8192, maxMemoryBytes: 16_383 }, "must be a whole number of 16384 or more"],
    [{ maxDeadLetterBytes: 1 }, "must be a whole number of 65536 or more"],
    [{ fsyncIntervalMs: 0 }, "must be a whole number from 1 to 60000"],
    [{ lockTimeoutMs: 1.5 }, "must be a whole number from 0 to 600000"],
    [{ maxByte: 65_536 }, 'option "maxByte" is unknown; did you mean "maxBytes"?'],
  ])("%j are refused", (options, problem) => {
    const create = () => Reflect.apply(fileOutbox, undefined, [{ directory, ...options }]);
    expect(create).toThrow(OptionError);
    expect(create).toThrow(problem);
  });
});
