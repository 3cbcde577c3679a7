import { openSync, writeSync } from "node:fs";
import { createTelemetry, type Telemetry } from "@alumiini/core";
import type { DeliveryOptions, Outbox, Sink } from "@alumiini/delivery";
import { numberIn } from "./poison.ts";

/** Events between two confirmations. */
const GROUP = 50;

/** What the process that is killed has been told by `EmittingProcess`. */
export interface Emission {
  readonly outboxDirectory: string;
  /** What the script alone knows the meaning of. */
  readonly own: readonly string[];
  /** Notes in the journal what the sink gave up. */
  readonly onDeadLetter: NonNullable<DeliveryOptions["onDeadLetter"]>;
  /** Emits the numbered events that are left, delivers everything, and keeps the journal of it. */
  emit(sink: Sink, outbox: Outbox): Promise<void>;
}

/** Reads the arguments of this process. */
export function emission(): Emission {
  const [outboxDirectory = "", journal = "", first, last, ...own] = process.argv.slice(2);
  const file = openSync(journal, "a");
  const note = (line: string) => writeSync(file, `${line}\n`);
  return {
    outboxDirectory,
    own,
    onDeadLetter: ({ body }, reason) => note(`dead ${numberIn(body)} ${reason}`),
    emit: (sink, outbox) => emitNumbered(sink, outbox, note, Number(first), Number(last)),
  };
}

async function emitNumbered(
  sink: Sink,
  outbox: Outbox,
  note: (line: string) => void,
  first: number,
  last: number,
): Promise<void> {
  // The sink itself keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  const telemetry = createTelemetry({ clusterId: "chaos" });
  telemetry.subscribe(sink);
  for (let from = first; from <= last; from += GROUP) {
    // More than memory holds, so that some is in the outbox alone.
    while (sink.stats().pending > 15_000) {
      emitOthers(telemetry);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const to = Math.min(from + GROUP - 1, last);
    note(`emitting ${to}`);
    for (let number = from; number <= to; number++) {
      const repoName = `app-${(number * 31) % 29}`;
      telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: number });
    }
    await outbox.flush();
    note(`kept ${from} ${to}`);
  }
  // Only when the outbox is open does the sink know what an earlier process left.
  await sink.ready();
  await outbox.flush();
  await flushAll(sink, telemetry);
  note(`end ${JSON.stringify(sink.stats())}`);
  await telemetry.close();
  clearInterval(alive);
}

/** Emits good events of many repositories: some pass in each partition, so that attempts at bad ones count. */
function emitOthers(telemetry: Telemetry): void {
  for (let index = 0; index < 20; index++) {
    telemetry.emit("webhook_received", { repoName: `passes-${index}`, namespace: "team", provider: "github" });
  }
}

/** Delivers what is left, while others go on. */
async function flushAll(sink: Sink, telemetry: Telemetry): Promise<void> {
  let flushed = false;
  const flushing = sink.flush().finally(() => {
    flushed = true;
  });
  while (!flushed) {
    emitOthers(telemetry);
    await Promise.race([flushing, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
  await sink.flush();
}
