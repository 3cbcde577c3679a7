import { createTelemetry } from "@alumiini/core";
import { configureSync, getLogger } from "@logtape/logtape";
import { type Benchmark, verifyThat } from "../benchmark.ts";
import { syncsInTurn } from "../events.ts";

/** What the way from the caller to one subscriber costs. */
export function emitNoop(): Benchmark {
  const telemetry = createTelemetry({ clusterId: "bench" });
  let handled = 0;
  telemetry.subscribe({
    name: "no-op",
    handle: () => {
      handled++;
    },
  });

  let logged = 0;
  configureSync({
    sinks: {
      noop: () => {
        logged++;
      },
    },
    loggers: [
      { category: "bench", sinks: ["noop"], lowestLevel: "info" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
  const logger = getLogger("bench");

  const ourSync = syncsInTurn();
  const theirSync = syncsInTurn();
  return {
    name: "emit-noop",
    title: "emit to one subscriber that does nothing",
    target: 0.1,
    ours: { name: "telemetry.emit", run: () => telemetry.emit("sync_completed", ourSync()) },
    alternative: {
      name: "logtape logger.info, one sink that does nothing",
      run: () => logger.info("Sync of {repoName} completed", theirSync()),
    },
    verify: () => {
      verifyThat(handled > 0 && handled === telemetry.stats().subscribers[0]?.delivered, "every event was delivered");
      verifyThat(logged > 0, "logtape called its sink");
    },
  };
}
