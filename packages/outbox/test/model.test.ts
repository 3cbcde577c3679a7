import { expect, it } from "vitest";
import type { FsyncMode } from "../src/options.js";
import { holdAgainstModel } from "./support/model.js";

it.each<FsyncMode>(["always", "interval", "never"])(
  "with fsync %s it holds what it should, whatever happens in whatever order",
  async (fsync) => {
    await expect(holdAgainstModel(fsync, 150)).resolves.toBeUndefined();
  },
);
