import { join } from "node:path";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { runQuickstart } from "@alumiini-internal/test-support/quickstart";
import { expect, it } from "vitest";
import { sharedCluster } from "./kafka/shared-cluster.js";
import { eventIn } from "./support.js";

const PACKAGE = join(import.meta.dirname, "..");
const TOPIC = "alumiini.events";
/** A broker may say that it does not lead a new topic yet; nothing else is reported. */
const NOTHING_LOST = { status: 0, stdout: "", stderr: expect.stringMatching(/^(.*\(Kafka error 6: .*\n)?$/) };

const cluster = sharedCluster();

async function read() {
  const records = await readTopic(cluster().bootstrap, TOPIC);
  return records.map(({ key, value }) => {
    const event = eventIn(value);
    if (event.type !== "sync_completed") throw new Error(`not an event of the README: ${event.type}`);
    return { key, type: event.type, trigger: event.trigger };
  });
}

it("the quickstart makes its topic and stores its event, and the program that runs once does; exactly as printed", async () => {
  const { bootstrap } = cluster();
  const env = { KAFKA_BROKERS: bootstrap.join() };
  expect(await runQuickstart(PACKAGE, { env })).toEqual(NOTHING_LOST);
  expect(await read()).toEqual([{ key: "my-app", type: "sync_completed", trigger: "webhook" }]);

  // The topic that it needs is there now.
  expect(await runQuickstart(PACKAGE, { block: 2, env })).toEqual(NOTHING_LOST);
  expect((await read()).map(({ trigger }) => trigger).sort()).toEqual(["poll", "webhook"]);
});
