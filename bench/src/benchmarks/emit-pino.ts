import { createTelemetry } from "@alumiini/core";
import { pinoBridge } from "@alumiini/pino-bridge";
import { type DestinationStream, pino } from "pino";
import { type Benchmark, verifyThat } from "../benchmark.ts";
import { syncsInTurn } from "../events.ts";

/** Takes lines and keeps nothing but the last: a destination that costs nothing. */
class Nowhere implements DestinationStream {
  last = "";

  write(line: string): void {
    this.last = line;
  }

  /** The last line's keys, and its message. */
  get content(): { readonly keys: string; readonly message: unknown } {
    const line: Readonly<Record<string, unknown>> = JSON.parse(this.last);
    return { keys: Object.keys(line).sort().join(), message: line["msg"] };
  }
}

/** Ids as different as those of real lines. What making one costs is ours alone. */
const IDS = Array.from({ length: 50 }, (_, index) => `01JF7Z3J8Q00000000000000${10 + index}`);

/** What a log line costs. The alternative is what a user would write by hand for the same line. */
export function emitPino(): Benchmark {
  const ourLines = new Nowhere();
  const theirLines = new Nowhere();
  const telemetry = createTelemetry({ clusterId: "bench" });
  telemetry.subscribe(pinoBridge(pino({}, ourLines)));
  const logger = pino({}, theirLines);

  const ourSync = syncsInTurn();
  const theirSync = syncsInTurn();
  let lines = 0;
  return {
    name: "emit-pino",
    title: "emit to a pino line",
    target: 1.15,
    ours: { name: "telemetry.emit", run: () => telemetry.emit("sync_completed", ourSync()) },
    alternative: {
      name: "pino.info, same fields and message",
      run: () => {
        const sync = theirSync();
        logger.info(
          {
            "alumiini.event.id": IDS[lines++ % IDS.length],
            "alumiini.event.type": "sync_completed",
            "alumiini.event.outcome": "success",
            "k8s.cluster.name": "bench",
            "alumiini.repo.name": sync.repoName,
            "alumiini.repo.namespace": sync.namespace,
            "alumiini.repo.branch": sync.branch,
            "alumiini.repo.commit": sync.commit,
            "alumiini.sync.trigger": sync.trigger,
            "alumiini.sync.duration_ms": sync.durationMs,
            "alumiini.sync.resources_applied": sync.resourcesApplied,
          },
          `Sync of ${sync.repoName} completed in ${sync.durationMs} ms: ${sync.resourcesApplied} resources applied at ${sync.commit.slice(0, 7)} (${sync.trigger})`,
        );
      },
    },
    verify: () => {
      verifyThat(ourLines.content.keys === theirLines.content.keys, "both lines have the same fields");
      verifyThat(typeof ourLines.content.message === "string", "our line has a message");
    },
  };
}
