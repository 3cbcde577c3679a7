import { expect, it } from "vitest";
import type { FsyncMode } from "../../src/options.js";
import { holdAgainstModel } from "../support/model.js";

const HISTORIES = Number(process.env["CHAOS_HISTORIES"] ?? 20_000);

it.each<FsyncMode>(["always", "interval", "never"])(
  `holds what it should with fsync %s in ${HISTORIES} random histories`,
  async (fsync) => {
    await expect(holdAgainstModel(fsync, HISTORIES)).resolves.toBeUndefined();
  },
  60_000 + HISTORIES * 50,
);
