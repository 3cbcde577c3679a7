// One process of node:cluster: the primary adds up what its workers count, the workers are controllers of one repository.
import cluster from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:http";
import { createTelemetry } from "@alumiini/core";
import { metricsHandler, prometheusSubscriber } from "@alumiini/prometheus";
import { AggregatorRegistry, register } from "prom-client";

if (cluster.isPrimary) {
  const aggregator = new AggregatorRegistry();
  const workers = [cluster.fork({ SHARE: "1" }), cluster.fork({ SHARE: "2" })];
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const server = createServer(async (request, response) => {
    if (request.url === "/kill") {
      workers[1]?.process.kill("SIGKILL");
      await once(cluster, "exit");
      response.end();
      return;
    }
    response.setHeader("content-type", aggregator.contentType);
    response.end(await aggregator.clusterMetrics());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  process.stdout.write(`${server.address().port}\n`);
} else {
  // A worker must have the aggregator's listener, which prom-client adds with its first AggregatorRegistry.
  new AggregatorRegistry();
  const telemetry = createTelemetry({ clusterId: "prod" });
  telemetry.subscribe(prometheusSubscriber({ register, labels: { cluster: "prod" } }));
  metricsHandler({ register });
  const share = Number(process.env.SHARE);
  const app = { repoName: "my-app", namespace: "team-a", trigger: "poll" };
  for (let sync = 0; sync < 10 * share; sync++) telemetry.emit("sync_completed", { ...app, durationMs: 5 });
  telemetry.emit("sync_failed", { ...app, durationMs: 5, errorType: "git_error" });
  telemetry.measure("leadership", { leader: true });
  telemetry.measure("worker_count", { count: share });
  telemetry.measure("worker_memory", { repoName: "my-app", namespace: "team-a", bytes: share });
  process.send?.("ready");
}
