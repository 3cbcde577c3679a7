import { runProgramOf } from "./run-program.js";

/** What `alumiini-prometheus` does, under this name: rules, dashboards and objectives. */
export const PROMETHEUS_COMMANDS = {
  rules: "recording rules and alerts for Prometheus",
  dashboards: "Grafana dashboards",
  slos: "the objectives and thresholds, to edit and pass on",
} as const;

/** Runs `alumiini-prometheus` with the arguments as they are. Returns its exit status. */
export async function runPrometheus(args: readonly string[]): Promise<number> {
  return await runProgramOf("@alumiini/prometheus", args);
}
