import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { EVENT_TYPES } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { readStream } from "@alumiini-internal/test-support/stream-reader";
import { expect, it } from "vitest";

it("stores what each of the event types becomes", async (context) => {
  needProgram(context, "nats-server");
  const server = await NatsServer.start();
  context.onTestFinished(() => server.stop());
  const child = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts")], {
    env: { ...process.env, NATS_URL: server.url },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [status] = await once(child, "close");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });

  // The first CDEvent of each event has its id.
  const ids = new Set((await readStream(server.url, "CDEVENTS")).map(({ text }): string => JSON.parse(text).id));
  expect(new Set(sampleEvents().map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
  expect(sampleEvents().filter(({ id }) => !ids.has(id))).toEqual([]);
});
