import { join } from "node:path";
import { runQuickstart } from "@alumiini-internal/test-support/quickstart";
import { expect, it } from "vitest";
import { startBroker } from "./broker.js";

const PACKAGE = join(import.meta.dirname, "..");
const QUIET = { status: 0, stdout: "", stderr: "" };

const SUBJECT = "alumiini.events.prod-us-east.team-a.my-app.sync_completed";

it("the quickstart, exactly as printed, makes its stream and stores its event", async (context) => {
  const broker = await startBroker(context, { subjects: [] });
  expect(await runQuickstart(PACKAGE, { env: { NATS_URL: broker.url } })).toEqual(QUIET);
  expect((await broker.read("ALUMIINI")).map(({ subject }) => subject)).toEqual([SUBJECT]);
});

it.for([
  ["the program that runs once", { block: 3 }],
  ["the outbox's quickstart", { readme: join(PACKAGE, "../outbox/README.md") }],
] as const)("%s, exactly as printed, stores its event before it ends", async ([, program], context) => {
  const broker = await startBroker(context);
  expect(await runQuickstart(PACKAGE, { ...program, env: { NATS_URL: broker.url } })).toEqual(QUIET);
  expect((await broker.read()).map(({ subject }) => subject)).toEqual([SUBJECT]);
});
