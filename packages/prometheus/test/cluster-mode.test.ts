import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { AggregatorRegistry, Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { samplesOf, scrape } from "./exposition.js";
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

it("processes of node:cluster are scraped as one, and one that dies takes its counts with it, as a restart does", async () => {
  const program = new URL("cluster-worker.mjs", import.meta.url).pathname;
  const primary = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void primary.kill("SIGKILL"));
  const [port] = await once(createInterface(primary.stdout), "line");
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  const app = 'repo_name="my-app",cluster="prod"';
  const before = samplesOf(await ask("/metrics"));
  const now = Date.now() / 1000;
  const syncs = (of: Record<string, number>) =>
    of['alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="success",cluster="prod"}'];
  expect(syncs(before)).toBe(30);
  // Neither twice as late as now, nor two leaders, nor two failures in a row.
  const lastSuccess = before[`alumiini_sync_last_success_timestamp_seconds{${app}}`] ?? 0;
  expect(Math.abs(lastSuccess - now)).toBeLessThan(600);
  expect(before).toMatchObject({
    [`alumiini_sync_consecutive_failures{${app}}`]: 1,
    [`alumiini_worker_memory_bytes{${app}}`]: 2,
    'alumiini_leader_status{cluster="prod"}': 1,
    'alumiini_workers_active{cluster="prod"}': 3,
    'alumiini_cluster_info{cluster_id="prod",cluster="prod"}': 1,
  });
  await ask("/kill");
  const after = samplesOf(await ask("/metrics"));
  expect(syncs(after)).toBe(10);
  expect(after['alumiini_workers_active{cluster="prod"}']).toBe(1);
});
