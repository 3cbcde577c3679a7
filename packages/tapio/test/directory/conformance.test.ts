import { mkdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { subscriberConformance } from "@alumiini/core/testing";
import { sinkConformance } from "@alumiini/delivery/testing";
import { describe, it } from "vitest";
import { parseOccurrence } from "../../src/index.js";
import { occurrenceDirectory } from "../../src/node/index.js";
import { list, newDirectory } from "../support/directories.js";

describe("occurrenceDirectory meets the requirements", () => {
  describe("of a subscriber", () => {
    let directory = "";
    for (const { name, run } of subscriberConformance(() => occurrenceDirectory({ directory }))) {
      it(name, async () => {
        directory = await newDirectory();
        await run();
      });
    }
  });

  describe("of a sink", () => {
    let directory = "";
    const cases = sinkConformance(() => ({
      createSink: (options) => occurrenceDirectory({ ...options, directory, maxFiles: 10_000 }),
      received: async () => {
        const occurrences = (await list(directory)).map((name) => readFile(join(directory, name), "utf8"));
        const read = (await Promise.all(occurrences)).map(parseOccurrence);
        return read.map((result) => (result.ok ? result.event.id : "")).sort();
      },
      // A file where the directory should be: nothing can be written, not even by root.
      down: async () => {
        await rename(directory, `${directory}.away`).catch(() => mkdir(`${directory}.away`, { recursive: true }));
        await writeFile(directory, "");
      },
      up: async () => {
        await unlink(directory);
        await rename(`${directory}.away`, directory);
      },
    }));
    for (const { name, run } of cases) {
      it(name, async () => {
        directory = await newDirectory();
        await run();
      });
    }
  });
});
