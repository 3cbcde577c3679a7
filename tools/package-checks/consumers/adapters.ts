// A program of a user who has installed all packages and what they attach to.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTelemetry } from "@alumiini/core";
import { closeOnSignals, detectResource, diagnosticsChannelSubscriber } from "@alumiini/core/node";
import { pinoBridge } from "@alumiini/pino-bridge";
import { metricsFetchHandler, metricsHandler, prometheusSubscriber } from "@alumiini/prometheus";
import { occurrence, parseOccurrence } from "@alumiini/tapio";
import { occurrenceDirectory } from "@alumiini/tapio/node";
import { pino } from "pino";
import { Registry } from "prom-client";

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`failed: ${what}`);
}

async function main(): Promise<void> {
  const register = new Registry();
  const lines: string[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const telemetry = createTelemetry({ clusterId: "prod-us-east", resource: detectResource() });
  telemetry.subscribe(prometheusSubscriber({ register }));
  telemetry.subscribe(pinoBridge(logger));
  telemetry.subscribe(diagnosticsChannelSubscriber());
  const directory = await mkdtemp(join(tmpdir(), "occurrences-"));
  telemetry.subscribe(occurrenceDirectory({ directory, resource: telemetry.resource }));
  const types: string[] = [];
  telemetry.subscribe({ name: "occurrences", handle: (event) => void types.push(occurrence()(event)[0].data.type) });
  const signals = closeOnSignals(telemetry);

  telemetry.emit("sync_completed", { repoName: "my-app", namespace: "default", trigger: "poll", durationMs: 1500 });
  await telemetry.flush();
  const expected = 'alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="success"} 1';
  check((await register.metrics()).includes(expected), "the sync is counted");
  check(
    lines.some((line) => line.includes('"alumiini.repo.name":"my-app"')),
    "the sync is logged",
  );

  check((await readdir(directory)).length === 1, "the sync is an occurrence in the directory");
  check(types.join() === "gitops.sync.completed", "the sync is encoded as an occurrence");
  check(!parseOccurrence("{}").ok, "what is no occurrence is refused");
  await rm(directory, { recursive: true });

  const answer = await metricsFetchHandler({ register })(new Request("http://localhost/metrics"));
  check((await answer.text()).includes(expected), "the fetch handler answers");
  const server = createServer(metricsHandler({ register })).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const scraped = await fetch(`http://127.0.0.1:${port}/metrics`);
  check((await scraped.text()).includes(expected), "the node:http handler answers");
  server.closeAllConnections();
  server.close();

  signals[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  await telemetry.close();
}

// biome-ignore lint/suspicious/noConsole: how the test sees that the program got to its end
main().then(() => console.log("ok"));
