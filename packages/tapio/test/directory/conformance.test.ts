import { watch } from "node:fs";
import { mkdir, rename, unlink, writeFile } from "node:fs/promises";
import { subscriberConformance } from "@alumiini/core/testing";
import { sinkConformance } from "@alumiini/delivery/testing";
import { until } from "@alumiini-internal/test-support/until";
import { describe, it } from "vitest";
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
    const cases = sinkConformance(() => {
      // Only the directory itself knows in which order files appear in it.
      const appeared: string[] = [];
      const watcher = watch(directory, (change, name) => {
        if (change === "rename" && name?.endsWith(".json")) appeared.push(name);
      });
      return {
        createSink: (options) => occurrenceDirectory({ ...options, directory, maxFiles: 10_000 }),
        received: async () => {
          const names = await list(directory);
          await until(() => names.every((name) => appeared.includes(name)));
          return appeared.map((name) => name.replace(/\.json$/, ""));
        },
        // A file where the directory should be: nothing can be written, not even by root.
        down: async () => {
          await rename(directory, `${directory}.away`);
          await writeFile(directory, "");
        },
        up: async () => {
          await unlink(directory);
          await rename(`${directory}.away`, directory);
        },
        dispose: () => watcher.close(),
      };
    });
    for (const { name, run } of cases) {
      it(name, async () => {
        directory = await newDirectory();
        await mkdir(directory);
        await run();
      });
    }
  });
});
