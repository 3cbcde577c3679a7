import { cloudEventsConformance } from "@alumiini/delivery/testing";
import { describe, expect, it } from "vitest";
import { KAFKA_BINDING } from "../src/kafka-sink.js";

describe("a CloudEvent in a record", () => {
  const bind: Parameters<typeof cloudEventsConformance>[0]["bind"] = (event, mode) => KAFKA_BINDING[mode](event);
  const fixture = { prefix: "ce_", contentTypeHeader: "content-type", percentEncoded: false, bind };
  for (const { name, run } of cloudEventsConformance(fixture)) it(name, run);

  it("without data has an empty value, which is no tombstone", () => {
    const { body } = KAFKA_BINDING.binary({ specversion: "1.0", id: "1", source: "/a", type: "t" });
    expect(body).toEqual(new Uint8Array());
  });
});
