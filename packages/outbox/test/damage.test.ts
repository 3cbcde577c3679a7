import { seeded } from "@alumiini-internal/test-support/seeded";
import { beforeEach, describe, expect, it } from "vitest";
import { writeRecord } from "../src/log/record.js";
import { segmentName } from "../src/log/segment.js";
import { Trial } from "./support/trial.js";

const FIRST = segmentName(1);
/** Header 16, payload 84. */
const RECORD_BYTES = 100;
const HEADER_BYTES = 24;

let trial: Trial;

beforeEach(async () => {
  trial = new Trial(1);
  await trial.open();
});

async function fill(records: number): Promise<void> {
  for (let record = 0; record < records; record++) trial.append(RECORD_BYTES - 16);
  expect(await trial.flush()).toBe(true);
}

function damage(from: number, bytes = 1, name = FIRST): void {
  const content = trial.disk.contentOf(name);
  for (let at = from; at < from + bytes; at++) content[at] = (content[at] ?? 0) ^ 0xff;
}

function forget(...sequences: readonly number[]): void {
  for (const sequence of sequences) {
    trial.alive.delete(sequence);
    trial.safe.delete(sequence);
  }
}

describe("a damaged record", () => {
  it.each([
    ["length", 0],
    ["checksum", 4],
    ["sequence", 8],
    ["payload", 50],
  ])("in its %s is skipped and counted when the outbox is opened", async (_, at) => {
    await fill(10);
    damage(HEADER_BYTES + 3 * RECORD_BYTES + at);
    forget(4);
    await trial.killAndReopenDamaged();
    await trial.check();
    expect(trial.outbox.stats().corrupt).toBe(1);
    expect(trial.failures.map(String)).toEqual([expect.stringContaining("1 damaged records")]);
  });

  it("is counted once, also when it is met again", async () => {
    await fill(10);
    damage(HEADER_BYTES + 3 * RECORD_BYTES, 2 * RECORD_BYTES);
    forget(4, 5);
    await trial.killAndReopenDamaged();
    await trial.readAll();
    await trial.readAll();
    expect(trial.outbox.stats()).toMatchObject({ corrupt: 2, pending: 8 });
  });

  it("that is met while reading is skipped, counted and reported", async () => {
    await fill(10);
    damage(HEADER_BYTES + 3 * RECORD_BYTES + 20);
    damage(HEADER_BYTES + 9 * RECORD_BYTES + 20);
    forget(4, 10);
    expect((await trial.readAll()).map(({ sequence }) => sequence)).toEqual([...trial.alive.keys()]);
    expect(trial.outbox.stats()).toMatchObject({ corrupt: 2, pending: 8 });
    expect(trial.failures).toHaveLength(2);
  });

  it("takes the file with it when the rest is done", async () => {
    await fill(60);
    damage(HEADER_BYTES);
    forget(1);
    await trial.readAll();
    trial.acknowledge([...trial.alive.keys()].slice(0, 55));
    await trial.flush();
    expect(trial.disk.fileNames).not.toContain(FIRST);
  });

  it("at the end of a file that is not the last is counted", async () => {
    await fill(60);
    const size = trial.disk.contentOf(FIRST).length;
    const last = (size - HEADER_BYTES) / RECORD_BYTES;
    expect(trial.disk.fileNames).toContain(segmentName(last + 1));
    damage(size - 2 * RECORD_BYTES, 2 * RECORD_BYTES);
    forget(last - 1, last);
    await trial.killAndReopenDamaged();
    await trial.check();
    expect(trial.outbox.stats().corrupt).toBe(2);
  });
});

describe("a record within a damaged record", () => {
  it("is not taken for one with a sequence that can't stand there", async () => {
    const inner = Buffer.alloc(50);
    writeRecord(inner, 0, 5, Buffer.alloc(34));
    const answers = [10, inner, 10, 10, 10].map((payload) =>
      trial.outbox.append(typeof payload === "number" ? Buffer.alloc(payload) : inner),
    );
    expect(answers).toEqual([1, 2, 3, 4, 5]);
    await trial.outbox.flush();
    damage(HEADER_BYTES + 26);
    expect((await trial.readAll()).map(({ sequence }) => sequence)).toEqual([1, 3, 4, 5]);
  });
});

describe("what can't be read", () => {
  it("of a file, sector by sector, leaves the rest", async () => {
    trial = new Trial(1, { segmentBytes: 8192 });
    await trial.open();
    await fill(70);
    trial.disk.isUnreadable = (name, offset) => name === FIRST && offset >= 4096 && offset < 8192;
    // The 41st record begins in the sector before.
    forget(...Array.from({ length: 30 }, (_, at) => at + 41));
    expect((await trial.readAll()).map(({ sequence }) => sequence)).toEqual([...trial.alive.keys()]);
    expect(trial.outbox.stats()).toMatchObject({ corrupt: 30, pending: 40 });
  });

  it("at all, because the file is gone, is counted", async () => {
    await fill(60);
    const records = (trial.disk.contentOf(FIRST).length - HEADER_BYTES) / RECORD_BYTES;
    trial.disk.lose(FIRST);
    expect(await trial.readAll()).toHaveLength(60 - records);
    expect(trial.outbox.stats()).toMatchObject({ corrupt: 0, lost: records, pending: 60 - records });
  });
});

describe("a torn end", () => {
  it("of any length is cut off and not counted", async () => {
    for (let cut = 1; cut < RECORD_BYTES; cut++) {
      trial = new Trial(cut);
      await trial.open();
      await fill(5);
      trial.disk.cut(FIRST, cut);
      forget(5);
      await trial.killAndReopenDamaged();
      await trial.check();
      expect(trial.outbox.stats().corrupt).toBe(0);
      expect(trial.disk.contentOf(FIRST)).toHaveLength(HEADER_BYTES + 4 * RECORD_BYTES);
    }
  });
});

describe("a damaged header", () => {
  it("costs no record", async () => {
    await fill(10);
    damage(0, HEADER_BYTES);
    await trial.killAndReopenDamaged();
    await trial.check();
    expect(trial.outbox.stats().corrupt).toBe(0);
  });
});

describe("a damaged checkpoint", () => {
  it("brings records back and is reported", async () => {
    await fill(10);
    const before = new Map(trial.alive);
    trial.acknowledge([1, 2, 3]);
    await trial.flush();
    damage(30, 1, "checkpoint");
    for (const [sequence, text] of before) trial.alive.set(sequence, text);
    await trial.killAndReopenDamaged();
    expect(trial.outbox.stats()).toMatchObject({ pending: 10, corrupt: 0 });
    expect(trial.failures.map(String)).toEqual([expect.stringContaining("checkpoint")]);
  });
});

describe("any damage", () => {
  it("of any files leaves an outbox that opens, answers only what was appended, and works", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed);
      trial = new Trial(seed);
      await trial.open();
      await fill(40 + Math.floor(random() * 100));
      trial.acknowledge([...trial.alive.keys()].filter(() => random() < 0.3));
      await trial.flush();
      const known = new Map(trial.alive);
      for (const name of trial.disk.fileNames) {
        const content = trial.disk.contentOf(name);
        for (let times = 0; times < 3; times++) {
          damage(Math.floor(random() * content.length), 1 + Math.floor(random() * 200), name);
        }
      }
      forget(...known.keys());
      await trial.reopenWhateverIsThere();
      for (const [sequence, text] of trial.alive) if (known.has(sequence)) expect(text).toBe(known.get(sequence));
      trial.append(10);
      expect(await trial.flush()).toBe(true);
      await trial.check();
    }
  });
});
