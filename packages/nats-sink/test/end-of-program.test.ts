import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@alumiini-internal/test-support/ports";
import { describe, expect, it } from "vitest";
import { startBroker } from "./broker.js";

const MADE = "const sink = natsSink({ servers, connect, exitWaitMs, onFailure() {} });";
/** Of a program whose server is up: it ends long before, on a machine that is not too busy. */
const PATIENT_MS = 50_000;
const SHORT_MS = 1000;

/** Runs a program over the built package that makes a sink, emits events and returns. */
async function run(client: string, url: string, exitWaitMs: number, makeSink: string, events = 1) {
  const code = `
    import { createTelemetry } from "@alumiini/core";
    import { natsSink } from "@alumiini/nats-sink";
    import { connect } from ${JSON.stringify(client)};
    const servers = ${JSON.stringify(url)};
    const exitWaitMs = ${exitWaitMs};
    ${makeSink}
    const telemetry = createTelemetry({ clusterId: "prod" });
    telemetry.subscribe(sink);
    for (let at = 0; at < ${events}; at++)
      telemetry.emit("sync_completed", { repoName: "app", namespace: "team", trigger: "poll", durationMs: 1 });`;
  const cwd = join(import.meta.dirname, "..");
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 60_000,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [status] = await once(child, "close");
  return { status, stderr };
}

describe.each(["@nats-io/transport-node", "nats"])("a program that emits and returns, with %s", (client) => {
  it.for([
    ["emitting at once", MADE],
    ["emitting when it was idle", `${MADE} await sink.ready(); await new Promise((end) => setTimeout(end, 200));`],
  ] as const)("ends by itself once the event is delivered, %s", async ([, makeSink], context) => {
    const broker = await startBroker(context);
    expect(await run(client, broker.url, PATIENT_MS, makeSink)).toEqual({ status: 0, stderr: "" });
    expect(await broker.read()).toHaveLength(1);
  });

  it("says what is lost where the server is down, and ends", async () => {
    const { status, stderr } = await run(client, `nats://127.0.0.1:${await freePort()}`, SHORT_MS, MADE);
    expect(status).toBe(0);
    expect(stderr).toContain('sink "nats": 1 messages are lost');
  });

  it("leaves nothing that was delivered, and all that was not, to the next program where there is an outbox", async (context) => {
    const directory = await mkdtemp(join(tmpdir(), "end-of-program-"));
    context.onTestFinished(() => rm(directory, { recursive: true }));
    const makeSink = `
      const { fileOutbox } = await import("@alumiini/outbox");
      const outbox = fileOutbox({ directory: ${JSON.stringify(directory)} });
      const sink = natsSink({ servers, connect, outbox, exitWaitMs, onFailure() {} });
      process.on("exit", () => console.error(JSON.stringify(sink.stats())));`;
    const counts = async (url: string, exitWaitMs: number, events: number) =>
      JSON.parse((await run(client, url, exitWaitMs, makeSink, events)).stderr);
    const broker = await startBroker(context);
    expect(await counts(broker.url, PATIENT_MS, 2)).toMatchObject({ recovered: 0, delivered: 2, pending: 0 });
    expect(await counts(`nats://127.0.0.1:${await freePort()}`, SHORT_MS, 3)).toMatchObject({
      recovered: 0,
      delivered: 0,
      pending: 3,
    });
    expect(await counts(broker.url, PATIENT_MS, 0)).toMatchObject({ recovered: 3, delivered: 3, pending: 0 });
    expect(await broker.read()).toHaveLength(5);
  });
});
