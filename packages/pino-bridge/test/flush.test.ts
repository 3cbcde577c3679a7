import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTelemetry, FlushError } from "@alumiini/core";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type PinoLogger, pinoBridge } from "../src/index.js";

const LINES = 200;

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "pino-bridge-"));
  file = join(directory, "controller.log");
});
afterEach(() => rm(directory, { recursive: true }));

async function emitAndFlush(logger: PinoLogger): Promise<string[]> {
  const telemetry = createTelemetry({ clusterId: "prod-us-east" });
  telemetry.subscribe(pinoBridge(logger));
  for (let index = 0; index < LINES; index++) {
    telemetry.emit("worker_started", { repoName: `app-${index}`, namespace: "team-a" });
  }
  await telemetry.flush();
  return (await readFile(file, "utf8")).trimEnd().split("\n");
}

const destinations = [
  ["a synchronous destination", () => pino.destination({ dest: file, sync: true })],
  ["an asynchronous destination", () => pino.destination({ dest: file, sync: false })],
  ["a buffered asynchronous destination", () => pino.destination({ dest: file, sync: false, minLength: 16_000 })],
  ["a stream", () => createWriteStream(file)],
  ["a multistream", () => pino.multistream([{ stream: pino.destination({ dest: file, sync: false }) }])],
  ["a transport", () => pino.transport({ target: "pino/file", options: { destination: file, minLength: 1 } })],
] as const;

// The buffer holds more than pino writes at once, and is not yet being written: the file is still being opened.
it.each(destinations)("flush leaves nothing in %s", async (_name, open) => {
  const lines = await emitAndFlush(pino({}, open()));
  expect(lines).toHaveLength(LINES);
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ "alumiini.repo.name": `app-${LINES - 1}` });
});

it.each(destinations)("flush returns where nothing was logged to %s", async (_name, open) => {
  const bridge = pinoBridge(pino({}, open()));
  const { signal } = new AbortController();
  await bridge.flush?.(signal);
  await bridge.flush?.(signal);
});

it("flush fails for a destination that was destroyed", async () => {
  const opened = pino.destination({ dest: file, sync: true });
  const stream = createWriteStream(file).on("error", () => undefined);
  stream.write("never written");
  stream.destroy();
  opened.destroy();
  for (const destination of [opened, stream]) {
    const flush = pinoBridge(pino({}, destination)).flush?.(new AbortController().signal);
    await expect(flush).rejects.toThrow("destroyed");
  }
});

it("close leaves the logger open, for it is not ours", async () => {
  const logger = pino(pino.destination({ dest: file, sync: true }));
  const telemetry = createTelemetry({ clusterId: "prod-us-east" });
  telemetry.subscribe(pinoBridge(logger));
  await telemetry.close();
  logger.info("still here");
  expect(await readFile(file, "utf8")).toContain("still here");
});

/** A logger that does nothing but flush. */
function loggerWith(flush: PinoLogger["flush"]): PinoLogger {
  const logger: PinoLogger = {
    levels: { values: { info: 30 } },
    isLevelEnabled: () => true,
    child: () => logger,
    flush,
  };
  return logger;
}

it("gives up at the deadline on a logger whose flush never ends", async () => {
  const telemetry = createTelemetry({ clusterId: "prod-us-east" });
  telemetry.subscribe(pinoBridge(loggerWith(() => undefined)));
  await expect(telemetry.flush({ timeoutMs: 20 })).rejects.toBeInstanceOf(FlushError);
});

it("passes on the error of a logger that could not flush", async () => {
  const failing = loggerWith((callback) => callback?.(new Error("disk full")));
  await expect(pinoBridge(failing).flush?.(new AbortController().signal)).rejects.toThrow("disk full");
});

it("rejects at once where the signal has already aborted", async () => {
  const logger = loggerWith((callback) => callback?.());
  await expect(pinoBridge(logger).flush?.(AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
});
