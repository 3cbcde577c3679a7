import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duckdbStore, openHistory } from "@alumiini/history";
import { expect, it, onTestFinished } from "vitest";
import { halfYear } from "../src/past/half-year.ts";
import { writePast } from "../src/past/write.ts";

const NOW = Date.UTC(2026, 10, 25, 12);
const DAY = 86_400_000;

it("makes the same half-year again, as far before its end", () => {
  const relative = (now: number) =>
    halfYear(now).events.map(({ timestamp, id, attributes, ...event }) => ({
      ...event,
      before: now - Date.parse(String(timestamp)),
    }));
  expect(relative(NOW + 123_456_789)).toEqual(relative(NOW));
  expect(halfYear(NOW, 7).events).not.toEqual(halfYear(NOW).events);
});

it("holds what the history finds again: deployments, failures, lead times, the incident and its reasons", async () => {
  const directory = await mkdtemp(join(tmpdir(), "demo-past-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const { tally, incident, stored } = await writePast(directory, NOW);
  expect(stored).toBeGreaterThan(15_000);
  await using history = await openHistory({
    store: duckdbStore({ path: join(directory, "history.duckdb"), readOnly: true }),
    now: () => NOW,
    onWarning: () => {},
  });

  // The incident adds a deployment that failed and one nearby that didn't.
  const { measures } = await history.dora({ since: NOW - 182 * DAY });
  expect(measures.changeFailRate.coverage).toMatchObject({ known: tally.deployments + 2 });
  expect(measures.changeFailRate.value).toBeCloseTo((tally.failed + 1) / (tally.deployments + 2), 10);
  expect(measures.changeLeadTime.coverage.known).toBe(tally.leadTimesKnown + 1);

  const { counts } = await history.fleet();
  expect(counts).toMatchObject({ failing: 1, drifted: 1, suspended: 1, stale: 1, stuck: 0 });

  const around = await history.around({ repoName: "checkout", clusterId: "prod-eu", at: incident.broke.at });
  const found = around.matches.map(({ event, grade, reason }) => [event.system, event.type, grade, reason.code]);
  expect(found).toContainEqual(["kulta", "rollout.rolledback", "exact", "same_rollout"]);
  expect(found).toContainEqual(["tapio", "kernel.container.oom_kill", "likely", "same_object"]);
  expect(found).toContainEqual(["tapio", "kernel.network.connection_refused", "nearby", "same_cluster"]);
});
