import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { inspectOutbox } from "../src/index.js";

const built = new URL("../dist/index.js", import.meta.url).href;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "outbox-ending-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Runs a program of its own over the built package, in which ten records are stored. */
function run(program: string) {
  const code = `import { rmSync } from "node:fs";
    import { fileOutbox } from ${JSON.stringify(built)};
    const directory = ${JSON.stringify(directory)};
    const outbox = fileOutbox({ directory });
    await outbox.open({ onFailure() {} });
    const sequences = Array.from({ length: 10 }, () => outbox.append(new Uint8Array(100)));
    await outbox.flush();
    ${program}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

it("a process that ends without closing has written down what was done until then", async () => {
  const { status, stderr } = run("outbox.acknowledge(sequences.slice(2));");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect((await inspectOutbox(directory)).pending).toBe(2);
});

it("it ends all the same where the disk does not take that", () => {
  const { status, stderr } = run(`
    outbox.acknowledge(sequences);
    rmSync(directory, { recursive: true });`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

it("many outboxes have one listener, which goes with the last of them", () => {
  const { stdout, stderr } = run(`
    const more = Array.from({ length: 12 }, (_, at) => fileOutbox({ directory: directory + "/" + at }));
    for (const one of more) await one.open({ onFailure() {} });
    const counts = [process.listenerCount("beforeExit")];
    for (const one of [outbox, ...more]) await one.close();
    console.log(...counts, process.listenerCount("beforeExit"));`);
  expect({ stdout, stderr }).toEqual({ stdout: "1 0\n", stderr: "" });
});
