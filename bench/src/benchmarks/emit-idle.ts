import { EventEmitter } from "node:events";
import { createTelemetry } from "@alumiini/core";
import { type Benchmark, verifyThat } from "../benchmark.ts";
import { syncsInTurn } from "../events.ts";

/** What telemetry costs those who don't use it. */
export function emitIdle(): Benchmark {
  const telemetry = createTelemetry({ clusterId: "bench" });
  const emitter = new EventEmitter();
  const sync = syncsInTurn()();
  return {
    name: "emit-idle",
    title: "emit without subscribers",
    target: 0.5,
    allocationFree: true,
    ours: { name: "telemetry.emit", run: () => telemetry.emit("sync_completed", sync) },
    alternative: { name: "EventEmitter.emit without listeners", run: () => void emitter.emit("sync_completed", sync) },
    verify: () => verifyThat(telemetry.stats().rejected === 0, "every event was valid"),
  };
}
