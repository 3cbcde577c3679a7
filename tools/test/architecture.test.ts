import { describe, expect, it } from "vitest";
import { forbiddenImports, repositorySources } from "../src/architecture.ts";

const sources = repositorySources();

describe("the repository", () => {
  it("has its sources where these rules look", () => {
    const paths = sources.map((source) => source.path);
    expect(paths).toContain("packages/core/src/index.ts");
    expect(paths).toContain("tools/src/architecture.ts");
    expect(paths.some((path) => path.includes("node_modules") || path.includes("/dist/"))).toBe(false);
  });

  it("imports along the arrows only", () => {
    expect(forbiddenImports(sources)).toEqual([]);
  });
});

describe("the rules", () => {
  it.each([
    ["packages/core/src/telemetry.ts", 'import { join } from "node:path";', "runtime-neutral"],
    ["packages/core/src/telemetry.ts", 'const load = () => import("fs");', "runtime-neutral"],
    ["packages/core/src/testing/recorder.ts", 'import "node:events";', "runtime-neutral"],
    ["packages/core/src/wire.ts", 'import type { Logger } from "pino";', "no dependencies"],
    ["packages/core/src/index.ts", 'export * from "./node/index.js";', "./node"],
    ["packages/core/src/emit.ts", 'import { recordEvents } from "./testing/index.js";', "./testing"],
    [
      "packages/prometheus/src/index.ts",
      'import type { X } from "@alumiini/pino-bridge";',
      "may import core and delivery",
    ],
    ["packages/prometheus/src/index.ts", 'export * from "@alumiini/core-extras";', "may import core and delivery"],
    ["packages/outbox/src/index.ts", 'import "@alumiini-internal/test-support/until";', "nothing private"],
  ])("refuse in %s: %s", (path, text, reason) => {
    expect(forbiddenImports([{ path, text }])).toEqual([expect.stringContaining(reason)]);
  });

  it.each([
    ["packages/core/src/node/signals.ts", 'import process from "node:process";'],
    ["packages/core/src/node/index.ts", 'export * from "./signals.js";'],
    ["packages/core/src/wire.ts", '/** import "node:fs" */ import { LIMITS } from "./limits.js";'],
    ["packages/prometheus/src/index.ts", 'import { METRICS } from "@alumiini/core"; import "prom-client";'],
    ["packages/prometheus/test/x.test.ts", 'import { recordEvents } from "@alumiini/core/testing";'],
  ])("allow in %s: %s", (path, text) => {
    expect(forbiddenImports([{ path, text }])).toEqual([]);
  });
});
