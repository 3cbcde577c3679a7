// A program of a user who has installed all packages and what they attach to.
import { createServer } from "node:http";
import { createTelemetry } from "@alumiini/core";
import { closeOnSignals, detectResource, diagnosticsChannelSubscriber } from "@alumiini/core/node";
import { pinoBridge } from "@alumiini/pino-bridge";
import { metricsFetchHandler, metricsHandler, prometheusSubscriber } from "@alumiini/prometheus";
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
  const signals = closeOnSignals(telemetry);

  telemetry.emit("sync_completed", { repoName: "my-app", namespace: "default", trigger: "poll", durationMs: 1500 });
  await telemetry.flush();
  const expected = 'alumiini_syncs_total{repo_name="my-app",trigger="poll",outcome="success"} 1';
  check((await register.metrics()).includes(expected), "the sync is counted");
  check(
    lines.some((line) => line.includes('"alumiini.repo.name":"my-app"')),
    "the sync is logged",
  );

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
