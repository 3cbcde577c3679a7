import { beforeEach, describe, expect, it } from "vitest";
import { Trial } from "./support/trial.js";

const RECORD_BYTES = 100;
const HEADER_BYTES = 24;

let trial: Trial;

beforeEach(async () => {
  trial = new Trial(1);
  await trial.open();
  for (let record = 0; record < 200; record++) trial.append(RECORD_BYTES - 16);
  expect(await trial.flush()).toBe(true);
});

function segments(): string[] {
  return trial.disk.fileNames.filter((name) => name.endsWith(".segment"));
}

/** How many records the files have, in order. */
function counts(): number[] {
  return segments().map((name) => (trial.disk.contentOf(name).length - HEADER_BYTES) / RECORD_BYTES);
}

/** Lets the test's own books forget what is taken away. */
function forgetAll(): void {
  trial.safe.clear();
}

describe.each([
  ["that was closed", () => trial.outbox.close()],
  ["that was killed", async () => {}],
])("of an outbox %s", (_, end) => {
  it("each missing file is counted and reported, once", async () => {
    const found = counts();
    expect(found.length).toBeGreaterThan(3);
    await end();
    const names = segments();
    const missing = [0, 2];
    for (const at of missing) trial.disk.lose(names[at] ?? "");
    const lost = missing.reduce((sum, at) => sum + (found[at] ?? 0), 0);
    forgetAll();
    await trial.killAndReopenDamaged();
    expect(trial.outbox.stats()).toMatchObject({ lost, corrupt: 0, pending: 200 - lost });
    expect(trial.failures.map(String)).toEqual([expect.stringContaining(`lost ${lost} records`)]);
    await trial.restart();
    expect(trial.outbox.stats()).toMatchObject({ lost: 0, pending: 200 - lost });
  });

  it("the missing end of a file in the middle is counted, wherever it was cut", async () => {
    await end();
    const name = segments()[1] ?? "";
    const before = counts()[1] ?? 0;
    trial.disk.cut(name, 7.5 * RECORD_BYTES);
    forgetAll();
    await trial.killAndReopenDamaged();
    expect(before).toBeGreaterThan(8);
    expect(trial.outbox.stats()).toMatchObject({ lost: 8, corrupt: 0, pending: 192 });
    await trial.restart();
    expect(trial.outbox.stats()).toMatchObject({ lost: 0, corrupt: 0, pending: 192 });
  });

  it("a file cut to its header, or to nothing, counts as a whole", async () => {
    await end();
    const found = counts();
    const names = segments();
    trial.disk.cut(names[1] ?? "", (found[1] ?? 0) * RECORD_BYTES);
    trial.disk.cut(names[2] ?? "", (found[2] ?? 0) * RECORD_BYTES + HEADER_BYTES);
    forgetAll();
    await trial.killAndReopenDamaged();
    const lost = (found[1] ?? 0) + (found[2] ?? 0);
    expect(trial.outbox.stats()).toMatchObject({ lost, corrupt: 0, pending: 200 - lost });
  });

  it("records that were done are not counted", async () => {
    const done = Array.from({ length: 60 }, (_, at) => at + 2);
    trial.acknowledge(done);
    expect(await trial.flush()).toBe(true);
    await end();
    const names = segments();
    const records = counts();
    trial.disk.lose(names[0] ?? "");
    forgetAll();
    await trial.killAndReopenDamaged();
    // Of the first file, only the first record was not done.
    expect(records[0]).toBeLessThan(60);
    expect(trial.outbox.stats()).toMatchObject({ lost: 1, pending: 139 });
  });
});

it("files that went because all in them was done are not missed", async () => {
  trial.acknowledge(Array.from({ length: 150 }, (_, at) => at + 20));
  expect(await trial.flush()).toBe(true);
  await trial.killAndReopen();
  expect(trial.outbox.stats()).toMatchObject({ lost: 0, corrupt: 0, pending: 50 });
  await trial.restart();
  expect(trial.outbox.stats()).toMatchObject({ lost: 0, corrupt: 0, pending: 50 });
});

it("the missing last file of a closed outbox is counted too", async () => {
  await trial.outbox.close();
  const last = counts().at(-1) ?? 0;
  trial.disk.cut(segments().at(-1) ?? "", last * RECORD_BYTES);
  forgetAll();
  await trial.killAndReopenDamaged();
  expect(trial.outbox.stats()).toMatchObject({ lost: last, pending: 200 - last });
});
