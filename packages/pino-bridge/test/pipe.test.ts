import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createTelemetry, FlushError } from "@alumiini/core";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pinoBridge } from "../src/index.js";

/** More lines than a pipe takes. */
const LINES = 1000;

let directory: string;
let reader: FileHandle;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pino-bridge-"));
  path = join(directory, "pipe");
  execFileSync("mkfifo", [path]);
  reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
});
afterEach(() => rm(directory, { recursive: true }));

async function openPipe(minLength: number) {
  const destination = pino.destination({ dest: path, sync: false, minLength });
  await once(destination, "ready");
  const telemetry = createTelemetry({ clusterId: "prod-us-east" });
  telemetry.subscribe(pinoBridge(pino(destination)));
  const emit = (count: number) => {
    for (let index = 0; index < count; index++) {
      telemetry.emit("worker_started", { repoName: `app-${index}`, namespace: "team-a" });
    }
  };
  return { destination, telemetry, emit };
}

it.each([0, 4096])(
  "gives up at the deadline while nobody reads (minLength %d), and succeeds later",
  async (minLength) => {
    const { destination, telemetry, emit } = await openPipe(minLength);
    const listeners = destination.listenerCount("error");
    emit(LINES);
    await expect(telemetry.flush({ timeoutMs: 50 })).rejects.toBeInstanceOf(FlushError);

    const cat = spawn("cat", [path], { stdio: ["ignore", "pipe", "inherit"] });
    const output = text(cat.stdout);
    await telemetry.flush({ timeoutMs: 100_000 });
    expect(destination.listenerCount("error")).toBe(listeners);
    // Nothing is left for the end of it to write.
    destination.destroy();
    await once(destination, "close");
    await reader.close();
    expect((await output).trimEnd().split("\n")).toHaveLength(LINES);
  },
);

it.each([0, 4096])("fails at once where nobody will ever read (minLength %d)", async (minLength) => {
  const { destination, telemetry, emit } = await openPipe(minLength);
  await reader.close();
  emit(1);
  await expect(telemetry.flush({ timeoutMs: 100_000 })).rejects.toThrow("EPIPE");
  emit(1);
  await expect(telemetry.flush({ timeoutMs: 100_000 })).rejects.toThrow("nobody reads what pino writes");
  expect(destination.listenerCount("ready")).toBe(0);
});
