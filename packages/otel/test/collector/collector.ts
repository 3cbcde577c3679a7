import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { goProgram } from "@alumiini-internal/test-support/go/program";
import { freePort, onFreshPorts } from "@alumiini-internal/test-support/ports";
import { untilSaid } from "@alumiini-internal/test-support/until-said";

/** The collector: one on the PATH, or the one that CI builds of `main.go`. */
export function findCollector(): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, "otelcol"));
  return onPath.find(existsSync) ?? goProgram(import.meta.dirname);
}

/** A collector that runs. */
export interface Collector extends AsyncDisposable {
  /** Where it takes OTLP over HTTP. */
  readonly endpoint: string;
}

/** Starts a collector that sends all it gets on, as JSON. It holds nothing back: what it answered, it has sent. */
export function startCollector(program: string, target: string): Promise<Collector> {
  return onFreshPorts(() => startOnce(program, target));
}

async function startOnce(program: string, target: string): Promise<Collector> {
  const port = await freePort();
  const pipeline = { receivers: ["otlp"], exporters: ["otlp_http"] };
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: {
      otlp_http: { endpoint: target, encoding: "json", compression: "none", sending_queue: { enabled: false } },
    },
    service: {
      telemetry: { metrics: { level: "none" } },
      pipelines: { traces: pipeline, metrics: pipeline, logs: pipeline },
    },
  };
  const child = spawn(program, ["--config", `yaml:${JSON.stringify(config)}`], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  try {
    await untilSaid("the collector", child, "Everything is ready");
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}
