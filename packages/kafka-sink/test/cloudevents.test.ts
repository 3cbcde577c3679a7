import { describe, expect, it } from "vitest";
import { binaryContent } from "../src/cloudevents.js";

const event = { specversion: "1.0", id: "1", source: "/a", type: "t" } as const;
const text = (body: Uint8Array) => new TextDecoder().decode(body);

describe("a CloudEvent in binary mode", () => {
  it("has its attributes as headers in UTF-8, as they are, and its data as the value", () => {
    const { headers, body } = binaryContent({
      ...event,
      source: "/clusters/päämaja 50%",
      time: "2026-01-01T00:00:00Z",
      datacontenttype: "application/vnd.test+json",
      sequence: 3,
      sampled: true,
      extension: undefined,
      data: { ä: 1 },
    });
    expect(headers).toEqual({
      "content-type": "application/vnd.test+json",
      ce_specversion: "1.0",
      ce_id: "1",
      ce_source: "/clusters/päämaja 50%",
      ce_type: "t",
      ce_time: "2026-01-01T00:00:00Z",
      ce_sequence: "3",
      ce_sampled: "true",
    });
    expect(text(body)).toBe('{"ä":1}');
  });

  it.each([
    ["no data", {}, ""],
    ["null", { data: null }, "null"],
    ["text", { datacontenttype: "text/plain", data: "hei" }, "hei"],
    ["a string of JSON", { data: "hei" }, '"hei"'],
  ])("holds %s", (_case, fields, expected) => {
    expect(text(binaryContent({ ...event, ...fields }).body)).toBe(expected);
  });

  it("keeps the partition key among its attributes", () => {
    expect(binaryContent({ ...event, partitionkey: "my-app" }).headers).toMatchObject({ ce_partitionkey: "my-app" });
  });

  it("is refused with an attribute that CloudEvents does not allow", () => {
    expect(() => binaryContent({ ...event, "Not-Allowed": 1 })).toThrow(TypeError);
  });
});
