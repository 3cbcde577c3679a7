import { describe, expect, it } from "vitest";
import { parseWire, toWire } from "../../src/index.js";
import { sampleEvents } from "../../src/testing/index.js";
import { wireSchema } from "../../src/wire/schema.js";
import { ajv } from "../ajv.js";

const [sample] = sampleEvents();
if (sample === undefined) throw new Error("there are samples");
const wire = toWire(sample);
const validate = ajv().compile(wireSchema());

describe("the timestamp on the wire", () => {
  it.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2024-02-29T00:00:00.5Z", Date.UTC(2024, 1, 29, 0, 0, 0, 500)],
    ["2024-12-16t12:00:00.123456789z", Date.UTC(2024, 11, 16, 12, 0, 0, 123)],
    ["2024-12-16T12:00:00.1234567890123Z", Date.UTC(2024, 11, 16, 12, 0, 0, 123)],
    ["2024-12-31T23:30:00-01:00", Date.UTC(2025, 0, 1, 0, 30)],
    ["9999-12-31T23:59:59.999Z", Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
    // A leap second, here and in California.
    ["2016-12-31T23:59:60Z", Date.UTC(2017, 0, 1)],
    ["2016-12-31T15:59:60.25-08:00", Date.UTC(2017, 0, 1, 0, 0, 0, 250)],
  ])("%s is understood", (timestamp, time) => {
    expect(parseWire({ ...wire, timestamp })).toMatchObject({ ok: true, event: { timestamp: time } });
    expect(validate({ ...wire, timestamp })).toBe(true);
  });

  it.each([
    "2024-02-30T00:00:00Z",
    "2023-02-29T12:00:00Z",
    "2024-04-31T00:00:00+01:00",
    "2024-12-16T24:00:00Z",
    "2024-12-16T12:60:00Z",
    "2024-12-16T12:00:61Z",
    "2016-12-31T22:59:60Z",
    "2016-12-31T23:59:60-08:00",
    "2024-12-16T12:00:00+24:00",
    "2024-12-16T12:00:00",
    "2024-12-16T12:00Z",
  ])("%s is refused", (timestamp) => {
    expect(parseWire({ ...wire, timestamp })).toMatchObject({ ok: false, error: { path: "/timestamp" } });
    expect(validate({ ...wire, timestamp })).toBe(false);
  });
});
