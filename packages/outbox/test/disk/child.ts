import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createTelemetry } from "@alumiini/core";
import { closeOnSignals } from "@alumiini/core/node";
import { createSink, eventMessages } from "@alumiini/delivery";
import { fileOutbox } from "../../src/index.js";

/*
 * A controller on a disk that goes wrong. It does what its arguments say, one after the other:
 *
 *   up, down       what the receiver is from now on
 *   emit <n>       emits n events
 *   fill, free     fills the disk with something else, and removes that
 *   shrink         makes the disk half as large
 *   delete         deletes the directory
 *   move, back     moves the directory away, or back in place of what is there now
 *   detach, attach detaches the volume that is mounted at the directory, or mounts it again
 *   recovered      waits until it is known what an earlier process left
 *   delivered      waits until nothing is pending
 *   stored         waits until everything is stored
 *   degraded       waits until the outbox is degraded; failed, until it could not be opened; open, until it is in order
 *   touch <name>   makes a file beside the directory
 *   await <name>   waits until another process has
 *   sigterm        sends itself the signal, and ends with `closeOnSignals`
 *
 * At the end it prints, as JSON, what its sink says.
 */
const [directory = "", ...commands] = process.argv.slice(2);
const disk = dirname(directory);
const filler = join(disk, "filler");
const away = `${directory}.away`;

let up = false;
const sink = createSink({
  name: "receiver",
  messages: eventMessages(),
  maxQueueMessages: 500,
  retry: { initialDelayMs: 20, maxDelayMs: 50 },
  outbox: fileOutbox({ directory, lockTimeoutMs: 0, segmentBytes: 131_072, maxMemoryBytes: 8 * 1024 * 1024 }),
  transport: {
    async send(batch) {
      if (!up) throw new Error("down");
      return batch.map(() => ({ status: "delivered" }));
    },
  },
});
const telemetry = createTelemetry({ clusterId: "disk" });
telemetry.subscribe(sink);
const say = () => {
  writeSync(1, `${JSON.stringify({ ...sink.stats(), durations: undefined })}\n`);
};
// A fifth of it is for closing.
closeOnSignals(telemetry, { timeoutMs: 5000, afterClose: say });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function fill(): void {
  const file = openSync(filler, "a");
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch {
    // It is full.
  } finally {
    closeSync(file);
  }
}

const actions: Record<string, (argument: string) => unknown> = {
  up: () => {
    up = true;
  },
  down: () => {
    up = false;
  },
  async emit(count) {
    for (let index = 0; index < Number(count); index++) {
      const repoName = `app-${index % 20}`;
      telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: index });
      if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  },
  fill,
  free: () => rmSync(filler),
  shrink: () => execFileSync("mount", ["-o", "remount,size=1m", disk]),
  delete: () => rm(directory, { recursive: true }),
  move: () => rename(directory, away),
  back: async () => {
    await rm(directory, { recursive: true, force: true });
    await rename(away, directory);
  },
  detach: () => execFileSync("umount", ["-l", directory]),
  attach: () => execFileSync("mount", ["--bind", `${directory}.volume`, directory]),
  delivered: () => until(() => sink.stats().pending === 0),
  recovered: () => sink.recovered(),
  degraded: () => until(() => sink.stats().outbox?.state === "degraded"),
  failed: () => until(() => sink.stats().outbox?.state === "failed"),
  open: () => until(() => sink.stats().outbox?.state === "open"),
  touch: (name) => writeFileSync(join(disk, name), ""),
  await: (name) => until(() => existsSync(join(disk, name))),
  stored: () => sink.stored(AbortSignal.timeout(30_000)),
  sigterm: async () => {
    process.kill(process.pid, "SIGTERM");
    await once(process, "exit");
  },
};

// As whatever a controller does besides.
setInterval(() => {}, 1000);
for (const command of commands) {
  const [word = "", argument = ""] = command.split(" ");
  const action = actions[word];
  if (action === undefined) throw new Error(`no such command: ${command}`);
  await action(argument);
}
say();
await sink.close(AbortSignal.abort());
process.exit(0);
