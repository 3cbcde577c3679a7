import { AggregatorRegistry, Registry } from "prom-client";
import { expect, it } from "vitest";
import { scrape } from "./exposition.js";
import { telemetryOn } from "./scenario.js";

const app = { repoName: "my-app", namespace: "team-a", trigger: "poll" } as const;

it("the processes of node:cluster add up as prom-client's AggregatorRegistry does it: no gauge twice, no time as a sum", async () => {
  const registers = [new Registry(), new Registry()];
  for (const [index, register] of registers.entries()) {
    const telemetry = telemetryOn(register);
    telemetry.emit("sync_completed", { ...app, durationMs: 5 });
    telemetry.emit("apply_failed", { ...app, durationMs: 5, errorType: "conflict" });
    telemetry.measure("worker_count", { count: 3 });
    telemetry.measure("worker_memory", { ...app, bytes: 10 * (index + 1) });
    telemetry.measure("leadership", { leader: true });
    telemetry.measure("suspension", { ...app, suspended: index === 0 });
  }
  const reports = await Promise.all(registers.map((register) => register.getMetricsAsJSON()));
  const samples = await scrape(AggregatorRegistry.aggregate(reports));
  expect(samples).toMatchObject({
    'alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="success"}': 2,
    'alumiini_repo_out_of_sync{repo_name="my-app"}': 1,
    'alumiini_repo_info{repo_name="my-app",branch="unknown",namespace="team-a"}': 1,
    'alumiini_worker_memory_bytes{repo_name="my-app"}': 20,
    'alumiini_repository_suspended{repo_name="my-app"}': 0,
    'alumiini_build_info{version="unknown"}': 1,
    alumiini_workers_active: 6,
    alumiini_leader_status: 1,
  });
  const [first] = await Promise.all(registers.map(scrape));
  const success = 'alumiini_sync_last_success_timestamp_seconds{repo_name="my-app"}';
  expect(samples[success]).toBeLessThan(2 * (first?.[success] ?? 0));
});
