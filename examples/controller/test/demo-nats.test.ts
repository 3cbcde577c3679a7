import { parseWire } from "@alumiini/core";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { readStream } from "@alumiini-internal/test-support/stream-reader";
import { expect, it, onTestFinished } from "vitest";
import { start } from "./program.js";
import { temporaryDirectory } from "./support.js";

it("demo --nats stores every event in JetStream", async (context) => {
  needProgram(context, "nats-server");
  const server = await NatsServer.start();
  onTestFinished(() => server.stop());
  const program = start("demo", ["--once", "--nats", server.url], { TMPDIR: await temporaryDirectory() });
  expect(await program.ended).toEqual({ code: 0, signal: null });
  const [, delivered, accepted] = /Closed nats: (\d+) of (\d+) events delivered/.exec(program.stdout()) ?? [];
  const stored = await readStream(server.url, "ALUMIINI");
  expect(stored.every(({ text }) => parseWire(text).ok)).toBe(true);
  expect(stored).toHaveLength(Number(accepted));
  expect(delivered).toBe(accepted);
  expect(program.stdout()).toContain(`${accepted} events emitted`);
});
