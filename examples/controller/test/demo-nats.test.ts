import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { readStream } from "@alumiini-internal/test-support/stream-reader";
import { expect, it, onTestFinished } from "vitest";
import { expectAllStored, start } from "./program.js";
import { temporaryDirectory } from "./support.js";

it("demo --nats stores every event in JetStream", async (context) => {
  needProgram(context, "nats-server");
  const server = await NatsServer.start();
  onTestFinished(() => server.stop());
  const program = start("demo", ["--once", "--nats", server.url], { TMPDIR: await temporaryDirectory() });
  expect(await program.ended).toEqual({ code: 0, signal: null });
  const stored = await readStream(server.url, "ALUMIINI");
  expectAllStored(
    program,
    "nats",
    stored.map(({ text }) => text),
  );
});
