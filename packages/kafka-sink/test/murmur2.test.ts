import fc from "fast-check";
import { Partitioners } from "kafkajs";
import { describe, expect, it } from "vitest";
import { murmur2, Partitioner } from "../src/partitions.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("murmur2", () => {
  // The vectors of the Java client's own test (org.apache.kafka.common.utils.UtilsTest).
  it.each([
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ])("hashes %j as the Java client does", (text, hash) => {
    expect(murmur2(bytes(text))).toBe(hash);
  });

  it("reads a part of a larger buffer", () => {
    expect(murmur2(bytes("xfoobarx").subarray(1, 7))).toBe(-790332482);
  });
});

describe("the partition of a key", () => {
  it("is KafkaJS' own for any key and number of partitions", () => {
    const theirs = Partitioners.DefaultPartitioner();
    const ours = new Partitioner();
    const keys = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 300 }), (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          partitionErrorCode: 0,
          leader: 1,
          replicas: [],
          isr: [],
        }));
        const message = { key, value: "" };
        expect(ours.choose(key, count)).toBe(theirs({ topic: "events", partitionMetadata, message }));
      }),
    );
  });
});
