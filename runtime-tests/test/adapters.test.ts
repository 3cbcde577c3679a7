import { describe } from "vitest";
import type { AdaptersResult } from "../src/scenarios/adapters.js";
import { sameOnServers } from "./same-everywhere.js";

const EXPECTED: AdaptersResult = {
  status: 200,
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  syncs: [
    'alumiini_syncs_total{repo_name="shop",trigger="webhook",outcome="success"} 1',
    'alumiini_syncs_total{repo_name="shop",trigger="webhook",outcome="failure"} 1',
  ],
  refused: 405,
  lines: 13,
};

// prom-client and pino read the environment and the host's name, which Deno does not let them by default.
describe("what the adapters do", () => sameOnServers("adapters", EXPECTED, ["--allow-env", "--allow-sys"]));
