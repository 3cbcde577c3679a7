import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What `alumiini-prometheus` does, under this name: rules, dashboards and objectives. */
export const PROMETHEUS_COMMANDS = {
  rules: "recording rules and alerts for Prometheus",
  dashboards: "Grafana dashboards",
  slos: "the objectives and thresholds, to edit and pass on",
} as const;

/** Runs `alumiini-prometheus` with the arguments as they are. Returns its exit status. */
export async function runPrometheus(args: readonly string[]): Promise<number> {
  const manifest = createRequire(import.meta.url).resolve("@alumiini/prometheus/package.json");
  const child = spawn(process.execPath, [join(dirname(manifest), "dist/cli.js"), ...args], { stdio: "inherit" });
  return await new Promise((resolve) => child.once("close", (status) => resolve(status ?? 1)));
}
