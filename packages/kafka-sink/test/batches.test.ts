import { expect, it } from "vitest";
import { kafkaSink } from "../src/index.js";
import { FakeProducer } from "./fake-producer.js";
import { eventOf } from "./support.js";

it("each batch is one request, with what was emitted before there was a connection too", async () => {
  const producer = new FakeProducer();
  producer.partitions = 6;
  const sink = kafkaSink({ producer, topic: "events", maxBatchMessages: 100 });
  const event = eventOf("app");
  const emit = () => {
    for (let id = 0; id < 1200; id++) sink.handle({ ...event, id: String(id), repoName: `app-${id % 60}` });
  };
  emit();
  await sink.ready();
  emit();
  await sink.flush();
  const { batches, delivered } = sink.stats();
  expect(delivered).toBe(2400);
  expect(producer.requests).toHaveLength(batches);
  expect(new Set(producer.requests.map(({ partition }) => partition)).size).toBe(6);
  await sink.close();
});
