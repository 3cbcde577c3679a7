import type { DemoContext, DemoRepository } from "./context.js";
import { check } from "./expected-events.js";

/** Scrapes `/metrics` as Prometheus does and compares what it finds with the events counted. */
export async function checkMetrics(
  { baseUrl, counts, controller }: DemoContext,
  { repository }: DemoRepository,
): Promise<void> {
  const response = await fetch(`${baseUrl}/metrics`);
  check(response.status === 200, `/metrics to answer 200, not ${response.status}`);
  const samples = parseSamples(await response.text());
  const sum = (name: string, label = "") =>
    samples.filter((s) => s.name === name && s.labels.includes(label)).reduce((total, { value }) => total + value, 0);

  const syncs = counts.count("sync_completed") + counts.count("sync_failed");
  check(sum("alumiini_syncs_total") === syncs, `alumiini_syncs_total to be ${syncs}`);
  check(sum("alumiini_sync_duration_milliseconds_count") === syncs, `${syncs} sync durations`);
  const failed = counts.count("sync_failed");
  check(sum("alumiini_syncs_total", 'outcome="failure"') === failed, `${failed} failed syncs`);
  const gitOperations = counts.count("git_cloned") + counts.count("git_fetched");
  check(sum("alumiini_git_operations_total") === gitOperations, `alumiini_git_operations_total to be ${gitOperations}`);
  check(sum("alumiini_git_duration_milliseconds_count") === gitOperations, `${gitOperations} durations of git`);
  check(sum("alumiini_resources_applied_total") === counts.resourcesApplied, `${counts.resourcesApplied} resources`);
  const restarts = sum("alumiini_workers_restarts_total", `repo_name="${repository.name}"`);
  check(restarts === 1, "one restart of the worker");
  const workers = controller.status().filter(({ state }) => state === "running").length;
  check(sum("alumiini_workers_active") === workers, `alumiini_workers_active to be ${workers}`);
  check(sum("alumiini_cache_total", 'result="hit"') > 0, "cache hits");
  check(sum("alumiini_errors_total") > 0, "errors by type");
}

interface Sample {
  readonly name: string;
  /** As they stand between the braces. */
  readonly labels: string;
  readonly value: number;
}

function parseSamples(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, labels, value: Number(value) }];
  });
}
