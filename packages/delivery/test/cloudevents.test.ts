import { describe, expect, it } from "vitest";
import { batchBody, cloudEventKey, cloudEventsBinding, percentEncode } from "../src/index.js";
import { cloudEventsConformance } from "../src/testing/index.js";

describe.each([
  { prefix: "ce-", contentTypeHeader: "content-type", percentEncoded: true },
  { prefix: "ce_", contentTypeHeader: "content-type", percentEncoded: false },
  { prefix: "ce-", contentTypeHeader: "ce-datacontenttype", structuredHeader: "Content-Type", percentEncoded: true },
])("the CloudEvents binding %j", (rules) => {
  const binding = cloudEventsBinding(rules);
  const bind: Parameters<typeof cloudEventsConformance>[0]["bind"] = (event, mode) => binding[mode](event);
  for (const { name, run } of cloudEventsConformance({ ...rules, bind })) it(name, run);
});

describe("the table finds", () => {
  const rules = { prefix: "ce-", contentTypeHeader: "content-type", percentEncoded: true };
  const binding = cloudEventsBinding(rules);

  it.each([
    ["text in quotes", (body: string) => (body === "hello" ? '"hello"' : body), "binary mode has text as it is"],
    ["null for no data", (body: string) => body || "null", "binary mode has nothing as an empty body"],
  ])("%s", async (_, spoil, named) => {
    const text = new TextDecoder();
    const cases = cloudEventsConformance({
      ...rules,
      bind(event, mode) {
        const { headers, body } = binding[mode](event);
        return { headers, body: new TextEncoder().encode(spoil(text.decode(body))) };
      },
    });
    await expect(cases.find(({ name }) => name === named)?.run()).rejects.toThrow("body is");
  });
});

describe("a batch", () => {
  it.each([[[]], [["{}"]], [['{"a":1}', '{"b":2}']]])("is the list of its bodies: %j", (...[bodies]) => {
    const joined = batchBody(bodies.map((body) => new TextEncoder().encode(body)));
    expect(new TextDecoder().decode(joined)).toBe(`[${bodies.join(",")}]`);
  });
});

describe("a header value", () => {
  it("is ASCII and decodes to what it was, half a surrogate pair to U+FFFD", () => {
    for (const text of ["", "a b", 'ä"%', "\u{1f600}", "\r\n\t\u007f"]) {
      expect(percentEncode(text)).toMatch(/^[!-~]*$/);
      expect(decodeURIComponent(percentEncode(text))).toBe(text);
    }
    expect(decodeURIComponent(percentEncode("a\ud83d"))).toBe("a\ufffd");
  });
});

describe("what identifies a CloudEvent", () => {
  it("is source and id together, and no two pairs share it", () => {
    const pairs = [
      ["a", "b#c"],
      ["a#b", "c"],
      ["a", "b%23c"],
      ["a", "b"],
    ];
    expect(new Set(pairs.map(([source = "", id = ""]) => cloudEventKey({ source, id }))).size).toBe(pairs.length);
  });
});
