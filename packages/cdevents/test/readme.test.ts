import { join } from "node:path";
import { runQuickstart } from "@alumiini-internal/test-support/quickstart";
import { expect, it } from "vitest";
import { parseCdevent } from "../src/index.js";
import { accept, startReceiver } from "./support/receiver.js";

const PACKAGE = join(import.meta.dirname, "..");

it.for([
  ["the quickstart", 0],
  ["the program that runs once", 1],
] as const)("%s, exactly as printed, delivers its event before it ends", async ([, block], context) => {
  const receiver = await startReceiver(accept);
  context.onTestFinished(() => receiver.stop());
  const env = { CDEVENTS_URL: receiver.url, CDEVENTS_TOKEN: "from-the-environment" };
  expect(await runQuickstart(PACKAGE, { block, env })).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(receiver.requests.map(({ headers }) => headers["ce-type"])).toEqual([
    "dev.cdevents.pipelinerun.finished.0.3.0",
  ]);
  for (const { body } of receiver.requests) expect(parseCdevent(JSON.parse(body))).toMatchObject({ ok: true });
  const tokens = receiver.requests.map(({ headers }) => headers.authorization);
  expect(new Set(tokens)).toEqual(new Set([block === 0 ? "Bearer from-the-environment" : undefined]));
});
