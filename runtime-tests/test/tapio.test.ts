import { describe } from "vitest";
import type { TapioResult } from "../src/scenarios/tapio.js";
import { sameEverywhere } from "./same-everywhere.js";

const EXPECTED: TapioResult = {
  types: [
    "gitops.sync.started",
    "gitops.sync.completed",
    "gitops.sync.failed",
    "gitops.git.fetched",
    "gitops.git.cloned",
    "gitops.apply.started",
    "gitops.apply.completed",
    "gitops.apply.failed",
    "gitops.drift.detected",
    "gitops.drift.corrected",
    "gitops.worker.started",
    "gitops.worker.stopped",
    "gitops.webhook.received",
  ],
  tapioRead: 13,
  ahtiRead: 13,
  originsRead: 13,
  managed: ["prod/shop connects_to forge.example:443"],
  refusedAt: ["", "", "/id", "/timestamp"],
};

describe("what becomes of TAPIO's forms", () => sameEverywhere("tapio", EXPECTED));
