import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { expect, it } from "vitest";
import { FORMATS } from "../src/spec/formats.js";

const ajv = new Ajv2020();
addFormats(ajv);

/** Pieces that the grammar of RFC 3986 and RFC 3339 is made of, and some that break it. */
const PIECES = {
  uri: [
    ...'ab:/?#[]@!"%. é-',
    "//",
    "://",
    "%41",
    "http:",
    "git@h",
    "::",
    "[::1]",
    "[v1.x]",
    "1.2.3.4",
    ":80",
    "ffff:",
  ],
  "date-time": [..."0129-:.TtZz+ \n", "2024-", "02-29", "T23:59:60", "12:00:00", "+01:00", "-0100", "24:00", ".5"],
} as const;
const DATE = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });

const texts = {
  uri: fc.array(fc.constantFrom(...PIECES.uri), { maxLength: 8 }).map((pieces) => pieces.join("")),
  "uri-reference": fc.array(fc.constantFrom(...PIECES.uri), { maxLength: 8 }).map((pieces) => pieces.join("")),
  "date-time": fc.oneof(
    fc.array(fc.constantFrom(...PIECES["date-time"]), { maxLength: 9 }).map((pieces) => pieces.join("")),
    // A date with one character changed.
    fc.tuple(DATE, fc.nat(23), fc.constantFrom(...PIECES["date-time"])).map(([date, at, piece]) => {
      const text = date.toISOString();
      return text.slice(0, at) + piece + text.slice(at + 1);
    }),
  ),
} as const;

it.each(["uri", "uri-reference", "date-time"] as const)("%s is decided as Ajv decides it", (format) => {
  const validate = ajv.compile({ type: "string", format });
  const addresses = fc.ipV6().map((address) => `http://[${address}]/`);
  const seen = { true: 0, false: 0 };
  const decides = (text: string) => {
    const expected = validate(text);
    seen[`${expected}`]++;
    expect(FORMATS[format](text), JSON.stringify(text)).toBe(expected);
  };
  fc.assert(
    fc.property(fc.oneof({ weight: 8, arbitrary: texts[format] }, addresses, fc.webUrl(), fc.string()), decides),
    {
      numRuns: 5000,
    },
  );
  expect(Math.min(seen.true, seen.false)).toBeGreaterThan(100);
});

it.each([
  ["2016-12-31T23:59:60Z", true],
  ["2016-12-31T15:59:60-08:00", true],
  ["2017-01-01T00:29:60+00:30", true],
  ["2016-12-31T23:58:60Z", false],
  ["2016-12-31T23:59:61Z", false],
  // Against RFC 3339, yet the last minute of a day in UTC.
  ["2016-12-31T24:59:00+01:00", true],
  ["2016-12-31T24:58:00+01:00", false],
])("the time %s: %s", (text, expected) => {
  expect(FORMATS["date-time"](text)).toBe(expected);
  expect(ajv.compile({ type: "string", format: "date-time" })(text)).toBe(expected);
});

it.each(["uri", "uri-reference", "date-time"] as const)("%s takes linear time on long texts", (format) => {
  // Whatever backtracks would not end within the test's time.
  for (const text of ["a", "/", ":", "@", "%41", "//a:", "1:", '"', "::1", "2024-"]) {
    const long = text.repeat(200_000);
    expect(typeof FORMATS[format](`${long} `)).toBe("boolean");
    expect(typeof FORMATS[format](`http://[${long}]`)).toBe("boolean");
  }
});
