import { createTelemetry } from "@alumiini/core";
import { createSink, eventMessages } from "@alumiini/delivery";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { prometheusSubscriber } from "../src/index.js";
import { scrape } from "./exposition.js";

it("a sink on core's delivery runtime is read as it is", async () => {
  const sink = createSink({
    name: "archive",
    messages: eventMessages(),
    transport: {
      async send(batch) {
        return batch.map(({ key }) =>
          key === "refused" ? { status: "rejected", error: new Error("no") } : { status: "delivered" },
        );
      },
    },
    onFailure: () => {},
  });
  const register = new Registry();
  const telemetry = createTelemetry({ clusterId: "prod" });
  telemetry.subscribe(sink);
  telemetry.subscribe(prometheusSubscriber({ register, sinks: [sink] }));
  for (const repoName of ["my-app", "my-app", "refused"]) {
    telemetry.emit("sync_started", { repoName, namespace: "team-a", trigger: "poll" });
  }
  expect((await scrape(register))['alumiini_sink_queue_depth{sink="archive"}']).toBe(3);
  await telemetry.flush();
  expect(await scrape(register)).toMatchObject({
    'alumiini_sink_deliveries_total{sink="archive",outcome="success"}': 2,
    'alumiini_sink_deliveries_total{sink="archive",outcome="failure"}': 1,
    'alumiini_sink_dropped_total{sink="archive",reason="rejected"}': 1,
    'alumiini_sink_dropped_total{sink="archive",reason="overflow"}': 0,
    'alumiini_sink_queue_depth{sink="archive"}': 0,
    'alumiini_sink_delivery_duration_milliseconds_count{sink="archive"}': 2,
    'alumiini_sink_delivery_duration_milliseconds_bucket{le="+Inf",sink="archive"}': 2,
  });
  await telemetry.close();
});
