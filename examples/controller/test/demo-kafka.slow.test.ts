import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { needKafka } from "@alumiini-internal/test-support/kafka/jars";
import { readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { expect, it, onTestFinished } from "vitest";
import { expectAllStored, start } from "./program.js";
import { temporaryDirectory } from "./support.js";

it("demo --kafka stores every event in Kafka", { timeout: 300_000 }, async (context) => {
  await needKafka(context);
  const cluster = await KafkaCluster.start();
  onTestFinished(() => cluster.stop());
  const program = start("demo", ["--once", "--kafka", cluster.bootstrap.join()], {
    TMPDIR: await temporaryDirectory(),
  });
  expect(await program.ended).toEqual({ code: 0, signal: null });
  const stored = await readTopic(cluster.bootstrap, "alumiini.events");
  expectAllStored(
    program,
    "kafka",
    stored.map(({ value }) => value),
  );
});

it("demo --kafka without a broker goes on, and says what was not delivered", async () => {
  const program = start("demo", ["--once", "--kafka", "127.0.0.1:1"], { TMPDIR: await temporaryDirectory() });
  await program.ended;
  expect(program.stdout()).toContain("Kafka: Can't connect;");
  expect(program.stdout()).toMatch(/✔ shop: Metrics agree with the events/);
  expect(program.stdout()).toMatch(/Kafka: \d+ messages were not delivered when the sink closed/);
});
