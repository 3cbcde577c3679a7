import { mkdir, readdir, readFile, rm, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTelemetry } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import { parseOccurrence } from "../../src/index.js";
import { occurrenceDirectory } from "../../src/node/index.js";
import { event, list, newDirectory, SOON, write } from "../support/directories.js";

describe("occurrenceDirectory", () => {
  it("writes one file for each event, named after its id and whole", async () => {
    const directory = await newDirectory();
    const sink = occurrenceDirectory({ directory });
    const events = sampleEvents();
    for (const each of events) sink.handle(each);
    await sink.flush();
    expect(await list(directory)).toEqual(events.map(({ id }) => `${id}.json`).sort());
    for (const each of events) {
      const read = parseOccurrence(await readFile(join(directory, `${each.id}.json`), "utf8"));
      expect(read).toMatchObject({ ok: true, event: { id: each.id, pid: process.pid, source: "alumiini" } });
    }
    await sink.close();
    expect(await readdir(directory)).toHaveLength(events.length);
  });

  it("shows no file before it is whole", async () => {
    const directory = await newDirectory();
    const sink = occurrenceDirectory({ directory, maxFiles: 50, ...SOON });
    const ids = Array.from({ length: 500 }, (_, index) => `E${String(index).padStart(5, "0")}`);
    for (const id of ids) sink.handle(event(id));
    const flushed = sink.flush().then(() => true);
    let looks = 0;
    for (let done: unknown = false; done !== true; looks++) {
      for (const name of await list(directory)) {
        const text = await readFile(join(directory, name), "utf8").catch(() => undefined);
        if (text !== undefined) expect(parseOccurrence(text).ok).toBe(true);
      }
      done = await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, 0))]);
    }
    expect(looks).toBeGreaterThan(0);
    expect(await list(directory)).toEqual(ids.slice(-50).map((id) => `${id}.json`));
    await sink.close();
  });

  it("keeps the newest files, across restarts and with a smaller bound", async () => {
    const directory = await newDirectory();
    await write(["A1", "A2", "A3", "A4"], { directory, maxFiles: 4 });
    await write(["A5"], { directory, maxFiles: 4 });
    expect(await list(directory)).toEqual(["A2.json", "A3.json", "A4.json", "A5.json"]);
    await write(["A6"], { directory, maxFiles: 2 });
    expect(await list(directory)).toEqual(["A5.json", "A6.json"]);
    // What comes again replaces its file, and needs no room.
    await write(["A5", "A5", "A6"], { directory, maxFiles: 2 });
    expect(await list(directory)).toEqual(["A5.json", "A6.json"]);
  });

  it("counts and removes files of its own source only", async () => {
    const directory = await newDirectory();
    await mkdir(directory);
    const foreign = { "00.json": '{"id":"00","timestamp":"t","source":"tapio"}', "01.json": "no JSON", "02.txt": "" };
    for (const [name, text] of Object.entries(foreign)) await writeFile(join(directory, name), text);
    await mkdir(join(directory, "03.json"));
    await write(["A1"], { directory, source: "other (a+b)" });
    await write(["A2"], { directory, source: "other" });
    await write(["A3", "A4", "A5"], { directory, maxFiles: 1 });
    await write(["A6", "A7"], { directory, maxFiles: 1, source: "other (a+b)" });
    expect(await readdir(directory)).toEqual([
      "00.json",
      "01.json",
      "02.txt",
      "03.json",
      "A2.json",
      "A5.json",
      "A7.json",
    ]);
  });

  it("never leaves the directory, whatever the id, and keeps ids apart", async () => {
    const directory = await newDirectory();
    const ids = ["../escaped", "/tmp/escaped", "..", "a/b", "a\\b", "nul\u0000", "ä", "x".repeat(256), "x".repeat(255)];
    await write(ids, { directory });
    const names = await list(directory);
    expect(names).toHaveLength(ids.length);
    for (const name of names) expect(name).toMatch(/^id-[0-9a-f]{32}\.json$/);
    expect(await readdir(join(directory, ".."))).toEqual(["occurrences"]);
  });

  it("goes on when the directory is removed", async () => {
    const directory = await newDirectory();
    const sink = occurrenceDirectory({ directory, maxFiles: 2, ...SOON });
    for (const id of ["A1", "A2"]) sink.handle(event(id));
    await sink.flush();
    await rm(directory, { recursive: true });
    for (const id of ["A3", "A4", "A5"]) sink.handle(event(id));
    await sink.flush();
    expect(await list(directory)).toEqual(["A4.json", "A5.json"]);
    await sink.close();
  });

  it("counts what it can't write, within its bounds, and makes up for it", async () => {
    const directory = await newDirectory();
    await writeFile(directory, "");
    const failures: string[] = [];
    const sink = occurrenceDirectory({
      ...SOON,
      directory,
      maxQueueMessages: 3,
      onFailure: ({ error }) => failures.push(String(error)),
    });
    for (const id of ["A1", "A2", "A3", "A4", "A5"]) sink.handle(event(id));
    await until(() => failures.length > 0);
    expect(sink.stats()).toMatchObject({ accepted: 5, delivered: 0, pending: 3, dropped: { overflow: 2 } });
    await unlink(directory);
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: 5, delivered: 3, pending: 0, dropped: { overflow: 2 } });
    expect(await list(directory)).toEqual(["A1.json", "A2.json", "A3.json"]);
    await sink.close();
  });

  it("gives up the one file whose name a directory has, and says so", async () => {
    const directory = await newDirectory();
    await mkdir(join(directory, "A2.json"), { recursive: true });
    const dead: string[] = [];
    const sink = occurrenceDirectory({
      ...SOON,
      directory,
      onDeadLetter: ({ destination }, reason) => dead.push(`${destination} ${reason}`),
    });
    for (const id of ["A1", "A2", "A3"]) sink.handle(event(id));
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: 3, delivered: 2, pending: 0, dropped: { rejected: 1 } });
    expect(dead).toEqual(["A2 rejected"]);
    expect(await list(directory)).toEqual(["A1.json", "A2.json", "A3.json"]);
    await sink.close();
  });

  it("leaves this process and its pod out of relayed events", async () => {
    const directory = await newDirectory();
    const telemetry = createTelemetry({ clusterId: "prod", generateId: () => "A2" });
    telemetry.subscribe(occurrenceDirectory({ directory, resource: { "k8s.node.name": "node-1" } }));
    telemetry.relay(event("A1"));
    telemetry.emit("sync_started", { repoName: "web", namespace: "shop", trigger: "poll" });
    await telemetry.close();
    const read = await Promise.all(["A1", "A2"].map((id) => readFile(join(directory, `${id}.json`), "utf8")));
    expect(read.map((text) => parseOccurrence(text))).toMatchObject([
      { event: { id: "A1" } },
      { event: { id: "A2", pid: process.pid, node: "node-1" } },
    ]);
    expect(read[0]).not.toMatch(/"pid"|node-1/);
  });

  it("removes unfinished files of processes that have ended, and none that may be in use", async () => {
    const directory = await newDirectory();
    await mkdir(directory);
    const [old, young] = ["0".repeat(16), "1".repeat(16)].map((digits) => join(directory, `.alumiini-${digits}.tmp`));
    for (const path of [old, young]) await writeFile(String(path), "{");
    await utimes(String(old), 0, 0);
    await write(["A1"], { directory });
    expect(await readdir(directory)).toEqual([`.alumiini-${"1".repeat(16)}.tmp`, "A1.json"]);
  });

  it("writes nothing after close", async () => {
    const directory = await newDirectory();
    const sink = occurrenceDirectory({ directory });
    await sink.close();
    sink.handle(event("A1"));
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: 1, dropped: { closed: 1 } });
    await expect(stat(join(directory, "A1.json"))).rejects.toThrow("ENOENT");
  });

  it("takes the types that are asked for", async () => {
    const directory = await newDirectory();
    const telemetry = createTelemetry({ clusterId: "prod" });
    telemetry.subscribe(occurrenceDirectory({ directory, types: ["sync_failed"] }));
    await expect(
      telemetry.run("sync", { repoName: "web", namespace: "shop", trigger: "poll" }, async () => {
        throw new Error("broken");
      }),
    ).rejects.toThrow("broken");
    await telemetry.close();
    expect(await list(directory)).toHaveLength(1);
  });

  it.each([
    { directory: "" },
    { directory: "x", maxFiles: 0 },
    { directory: "x", maxFiles: 1.5 },
    { directory: "x", pid: -1 },
    { directory: "x", source: "" },
    { directory: "x", maxQueueMessages: 0 },
  ])("refuses %o", (options) => {
    expect(() => occurrenceDirectory(options)).toThrow(TypeError);
  });
});
