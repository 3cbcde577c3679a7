import { createTelemetry } from "@alumiini/core";
import { type OtelSubscriber, otelSubscriber } from "@alumiini/otel";
import { type Benchmark, verifyThat } from "../benchmark.ts";
import { syncsInTurn } from "../events.ts";

/** What the OpenTelemetry subscriber costs an application that has no SDK. */
export function emitOtelNoop(): Benchmark {
  const ours = createTelemetry({ clusterId: "bench" });
  const otel: OtelSubscriber = otelSubscriber();
  ours.subscribe(otel);

  const theirs = createTelemetry({ clusterId: "bench" });
  let handled = 0;
  theirs.subscribe({
    name: "no-op",
    handle: () => {
      handled++;
    },
  });

  const ourSync = syncsInTurn();
  const theirSync = syncsInTurn();
  return {
    name: "emit-otel-noop",
    title: "emit to OpenTelemetry without an SDK",
    target: { extraNs: 60 },
    ours: { name: "otelSubscriber", run: () => ours.emit("sync_completed", ourSync()) },
    alternative: { name: "a subscriber that does nothing", run: () => theirs.emit("sync_completed", theirSync()) },
    verify: () => {
      verifyThat(handled > 0, "events were delivered");
      verifyThat(ours.stats().subscribers[0]?.failed === 0, "no event failed");
      verifyThat(otel.stats().replays === 0, "no event id was remembered");
    },
  };
}
