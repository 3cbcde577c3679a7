import { createTelemetry } from "@alumiini/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { openSinks, withoutFullSinks } from "../src/serve/sinks.ts";
import { dataOfTest } from "./support/alumiini.ts";

test("a delivery is answered without asking a sink for all that it can tell", async () => {
  const settings = {
    cluster: "default",
    host: "127.0.0.1",
    port: 0,
    isLoopback: true,
    data: dataOfTest(),
    // Nobody listens on it.
    sinks: { http: { url: "http://127.0.0.1:1/cdevents" } },
  };
  const forwardings = openSinks(settings, () => {});
  const telemetry = createTelemetry({ clusterId: "default" });
  for (const { sink } of forwardings) telemetry.subscribe(sink);
  onTestFinished(() => telemetry.close({ timeoutMs: 500 }).catch(() => {}));
  const asked = forwardings.map(({ sink }) => vi.spyOn(sink, "stats"));
  const names = forwardings.map(({ sink }) => sink.name);

  await withoutFullSinks(telemetry, forwardings).stored({ subscribers: names });

  expect(names).toHaveLength(1);
  for (const stats of asked) expect(stats).not.toHaveBeenCalled();
});
