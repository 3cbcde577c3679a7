import { CloudEvent } from "cloudevents";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createCdevent,
  createCdeventParser,
  createCustomCdevent,
  customEvent,
  fromCloudEvent,
  parseCdevent,
  parseKultaEvent,
  serviceDeployed,
  toCloudEvent,
  toMessage,
} from "../src/index.js";
import { field, officialOrSkip } from "./support/official.js";

const CONTENT = { environment: { id: "prod" }, artifactId: "pkg:oci/web" };
const LINK = { linkType: "PATH", from: { contextId: "0" } } as const;
const VALID = createCdevent("service.deployed", {
  context: { source: "/ci", links: [LINK] },
  subject: { id: "web", content: CONTENT },
});
const { context, subject } = VALID;

/** What is refused, and where; the official schema refuses it too. */
const REFUSED: readonly (readonly [what: string, event: unknown, ...paths: string[]])[] = [
  ["a field that isn't in the schema", { ...VALID, extra: 1 }, "/extra"],
  ["a trace context in the context", { ...VALID, context: { ...context, traceparent: "00" } }, "/context/traceparent"],
  ["custom data that is an array", { ...VALID, customData: [] }, "/customData"],
  ["an empty id", { ...VALID, context: { ...context, id: "" } }, "/context/id"],
  ["no id", { ...VALID, context: { ...context, id: undefined } }, "/context/id"],
  ["a source that is no URI reference", { ...VALID, context: { ...context, source: "a b" } }, "/context/source"],
  ["a schemaUri that is relative", { ...VALID, context: { ...context, schemaUri: "/x" } }, "/context/schemaUri"],
  [
    "a timestamp without offset",
    { ...VALID, context: { ...context, timestamp: "2024-12-16T12:00:00" } },
    "/context/timestamp",
  ],
  ["an unknown type", { ...VALID, context: { ...context, type: "dev.cdevents.deployment.started" } }, "/context/type"],
  [
    "a version that doesn't exist",
    { ...VALID, context: { ...context, type: "dev.cdevents.service.deployed.0.9.0" } },
    "/context/type",
  ],
  [
    "a custom type with two digits",
    { ...VALID, context: { ...context, type: "dev.cdeventsx.a-b.c.0.10.0" } },
    "/context/type",
  ],
  ["no content", { ...VALID, subject: { id: "web" } }, "/subject/content"],
  [
    "two things missing",
    { ...VALID, subject: { ...subject, content: {} } },
    "/subject/content/environment",
    "/subject/content/artifactId",
  ],
  ["a name with slash and tilde", { ...VALID, subject: { ...subject, "a/b~c": 1 } }, "/subject/a~1b~0c"],
  ["a link of no type", { ...VALID, context: { ...context, links: [LINK, {}] } }, "/context/links/1/linkType"],
  [
    "a link from nowhere",
    { ...VALID, context: { ...context, links: [{ linkType: "PATH" }] } },
    "/context/links/0/from",
  ],
  [
    "tags that are text",
    { ...VALID, context: { ...context, links: [{ ...LINK, tags: "x" }] } },
    "/context/links/0/tags",
  ],
  ["a list", [VALID], ""],
  ["null", null, ""],
  ["no context", {}, "/context"],
];

describe("parseCdevent", () => {
  it.each(REFUSED)("refuses %s, and says where", (_what, event, ...paths) => {
    const parsed = parseCdevent(JSON.stringify(event));
    expect(parsed.ok ? [] : parsed.errors.map(({ path }) => path)).toEqual(paths);
    expect(parseCdevent(event)).toEqual(parsed);
  });

  it("refuses nothing of it that the official schemas accept; links without tags they do accept", (testContext) => {
    const official = officialOrSkip(testContext);
    for (const [what, event] of REFUSED) {
      expect(official.accepts(JSON.parse(JSON.stringify(event))), what).toBe(false);
    }
    expect(official.accepts(VALID)).toBe(true);
    expect(parseCdevent(VALID)).toMatchObject({ ok: true });
  });

  it("never throws, whatever the JSON", () => {
    const anything = fc.oneof(fc.anything(), fc.jsonValue(), fc.json(), fc.string());
    const inContext = fc.record({
      context: fc.oneof(fc.anything(), fc.record({ type: fc.constant(context.type) }, { noNullPrototype: true })),
      subject: fc.anything(),
    });
    fc.assert(
      fc.property(fc.oneof(anything, inContext), (value) => {
        for (const parse of [parseCdevent, fromCloudEvent, parseKultaEvent])
          expect(typeof parse(value).ok).toBe("boolean");
        expect(parseCdevent(value).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws on objects that do", () => {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    for (const value of [trap, { context: trap }, { ...VALID, subject: trap }, { headers: trap, body: "" }]) {
      for (const parse of [parseCdevent, fromCloudEvent, parseKultaEvent])
        expect(parse(value)).toMatchObject({ ok: false });
    }
  });

  it("is bounded: long text, deep nesting, many errors, long names", () => {
    expect(parseCdevent(" ".repeat(5_000_000))).toMatchObject({
      errors: [{ message: "must have at most 4194304 characters" }],
    });
    const deep = `{"context":${JSON.stringify(context)},"subject":${JSON.stringify(subject)},"customData":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`;
    expect(parseCdevent(deep).ok).toBe(true);
    const many = parseCdevent({
      ...VALID,
      context: { ...context, links: Array.from({ length: 100_000 }, () => ({})) },
    });
    expect(many.ok ? 0 : many.errors.length).toBe(20);
    const long = parseCdevent({ ...VALID, ["x".repeat(10_000)]: 1 });
    expect(long.ok ? 0 : long.errors[0]?.path.length).toBeLessThan(301);
  });

  it("does not touch prototypes", () => {
    const text = JSON.stringify(VALID).replace('{"context"', '{"__proto__":{"polluted":1},"context"');
    expect(parseCdevent(text)).toMatchObject({ ok: false, errors: [{ path: "/__proto__" }] });
    expect(field({}, "polluted")).toBeUndefined();
  });
});

describe("createCdeventParser", () => {
  const parse = createCdeventParser([serviceDeployed]);

  it("reads the types that it was given, of both versions, and no others", () => {
    expect(parse(VALID)).toMatchObject({ ok: true, name: "service.deployed", specversion: "0.5.1" });
    const before = createCdevent(
      "service.deployed",
      { context: { source: "/ci" }, subject: { id: "web", content: CONTENT } },
      "0.4.1",
    );
    expect(parse(before)).toMatchObject({ ok: true, specversion: "0.4.1" });
    const other = createCdevent("build.started", { context: { source: "/ci" }, subject: { id: "1", content: {} } });
    expect(parse(other)).toMatchObject({ ok: false, errors: [{ path: "/context/type" }] });
  });

  it("reads custom events only where it was asked to", () => {
    const custom = createCustomCdevent("mytool-a.b.0.1.0", {
      context: { source: "/ci" },
      subject: { id: "1", content: {} },
    });
    expect(parse(custom).ok).toBe(false);
    expect(createCdeventParser([customEvent])(custom)).toMatchObject({ ok: true, name: "custom" });
  });
});

describe("fromCloudEvent", () => {
  it("reads plain objects, JSON text, text and base64 data, and messages with any spelling of headers", () => {
    const cloudEvent = toCloudEvent(VALID, { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" });
    const text = JSON.stringify(VALID);
    const { headers, body } = toMessage(cloudEvent, "binary");
    const capital = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
    for (const given of [
      cloudEvent,
      JSON.stringify(cloudEvent),
      { ...cloudEvent, data: text },
      { ...cloudEvent, data: undefined, data_base64: btoa(text) },
      { headers: capital, body },
      { headers: new Headers(headers), body },
      new CloudEvent({ ...cloudEvent }),
    ]) {
      expect(fromCloudEvent(given)).toMatchObject({ ok: true, event: VALID });
    }
  });

  it.each([
    ["no data", { ...toCloudEvent(VALID), data: undefined }, ""],
    ["another type", { ...toCloudEvent(VALID), type: "dev.cdevents.service.upgraded.0.3.0" }, "/type"],
    ["base64 that isn't", { ...toCloudEvent(VALID), data: undefined, data_base64: "%" }, ""],
    ["a header that can't be decoded", { headers: { "ce-type": "%" }, body: "{}" }, ""],
    ["text that isn't JSON", "x", ""],
  ])("refuses %s", (_what, given, path) => {
    expect(fromCloudEvent(given)).toMatchObject({ ok: false, errors: [{ path }] });
  });
});
