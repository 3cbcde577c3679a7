import { expect, it } from "vitest";
import { createSink, decodeMessage, encodeMessage, eventMessages, type Message } from "../../src/delivery/index.js";
import { sampleEvents } from "../../src/testing/index.js";

it("delivers in order", async () => {
  const got: Message[] = [];
  const sink = createSink({
    name: "t",
    transport: {
      send: async (batch) => {
        got.push(...batch);
        return batch.map(() => ({ status: "delivered" }));
      },
    },
    messages: eventMessages(),
  });
  const events = sampleEvents();
  for (const event of events) sink.handle(event);
  expect(sink.stats()).toMatchObject({ accepted: 39, pending: 39 });
  await sink.flush();
  expect(sink.stats()).toMatchObject({ accepted: 39, pending: 0, delivered: 39 });
  expect(got.map((m) => m.id).sort()).toEqual(events.map((e) => e.id).sort());
  for (const m of got) expect(decodeMessage(encodeMessage(m))).toEqual({ ...m, body: new Uint8Array(m.body) });
  await sink.close();
  sink.handle(events[0] as never);
  expect(sink.stats()).toMatchObject({ accepted: 40, pending: 0, delivered: 39, dropped: { closed: 1 } });
});
