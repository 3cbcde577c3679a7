import { describe } from "vitest";
import type { CoreResult } from "../src/scenarios/core.js";
import { sameEverywhere } from "./same-everywhere.js";

const EXPECTED: CoreResult = {
  everyTypeArrived: true,
  idsAscend: true,
  timestampsAreNow: true,
  operations: [
    "sync_started, unknown, info, untimed, no error",
    "git_fetched, failure, error, timed, git_error",
    "sync_failed, failure, error, timed, git_error",
  ],
  rethrown: true,
  secretsLeft: 0,
  wireRoundTrips: 13,
  wireErrorPaths: ['refused at ""', 'refused at ""', 'refused at ""', 'refused at "/__proto__"'],
  failures: ["subscriber_failed", "dropped"],
  closing: ["flush false", "flush false", "close"],
};

describe("what the core does", () => sameEverywhere("core", EXPECTED));
