import { spawnSync } from "node:child_process";
import { environment, needProgram } from "@alumiini-internal/test-support/programs";
import { describe, expect, it } from "vitest";
import { flux, ingestHandler, ingestMetrics, unverified } from "../src/index.js";
import { fluxText } from "./support/requests.js";
import { Store } from "./support/target.js";

async function sample(): Promise<string> {
  const store = new Store();
  const sources = { '/fl"ux\\': { map: flux, verify: unverified() }, "/flux": { map: flux, verify: unverified() } };
  const handler = ingestHandler({ sources, to: store, clusterId: "test" });
  const post = (path: string, body: string) =>
    handler(new Request(`http://localhost${path}`, { method: "POST", body, headers: { "content-type": "text/json" } }));
  await post("/flux", fluxText(1));
  await post("/flux", fluxText(1));
  await post("/flux", fluxText(2, { severity: "trace", reason: "ArtifactUpToDate" }));
  await post("/flux", "{}");
  await post("/elsewhere", "{}");
  return ingestMetrics(handler.stats());
}

describe("ingestMetrics", () => {
  it("writes what the handler counts", async () => {
    const lines = (await sample()).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        'alumiini_ingest_deliveries_received_total{source="/flux"} 4',
        'alumiini_ingest_deliveries_in_progress{source="/flux"} 0',
        'alumiini_ingest_deliveries_total{source="/flux",outcome="accepted",reason=""} 1',
        'alumiini_ingest_deliveries_total{source="/flux",outcome="duplicate",reason=""} 1',
        'alumiini_ingest_deliveries_total{source="/flux",outcome="ignored",reason="ArtifactUpToDate"} 1',
        'alumiini_ingest_deliveries_total{source="/flux",outcome="rejected",reason="invalid"} 1',
        'alumiini_ingest_deliveries_total{source="none",outcome="rejected",reason="not_found"} 1',
        'alumiini_ingest_events_total{source="/flux"} 1',
        'alumiini_ingest_events_total{source="/fl\\"ux\\\\"} 0',
      ]),
    );
  });

  it("passes promtool", async (context) => {
    needProgram(context, "promtool");
    const checked = spawnSync("promtool", ["check", "metrics"], { input: await sample(), env: environment });
    expect([checked.status, String(checked.stderr)]).toEqual([0, ""]);
  });
});
