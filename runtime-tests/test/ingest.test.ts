import { describe } from "vitest";
import type { IngestResult } from "../src/scenarios/ingest.js";
import { sameEverywhere } from "./same-everywhere.js";

const EXPECTED: IngestResult = {
  statuses: [200, 200, 401, 200, 401],
  ids: ["01KDVDNA00GTX68XAR2CK6W9V3", "01KDVDNA00XQXWNG02GZP2Y1WG"],
  types: ["sync_completed", "sync_started"],
  balanced: true,
};

describe("what becomes of deliveries", () => sameEverywhere("ingest", EXPECTED));
