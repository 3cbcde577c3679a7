import { assert, type ConformanceCase } from "@alumiini/core/testing";
import type { BindingRules, CloudEvent, ContentMode, MessageContent } from "../index.js";

/** One transport's CloudEvents binding: what its headers look like, and the code that makes them. */
export interface CloudEventsFixture
  extends Pick<BindingRules, "prefix" | "contentTypeHeader" | "structuredHeader" | "percentEncoded"> {
  /** Returns what is sent for a CloudEvent, or what arrived at the receiver. Throws what the binding throws. */
  bind(cloudEvent: CloudEvent, contentMode: ContentMode): MessageContent | PromiseLike<MessageContent>;
}

const EVENT = { specversion: "1.0", id: "1", source: "/a", type: "t" } as const;

/** Names of attributes that may differ, as text. */
type Fields = Omit<CloudEvent, "specversion" | "id" | "source" | "type">;

/** Data in binary mode: the event's fields, the body, and the content type that goes with it. */
const BODIES: readonly (readonly [name: string, fields: Fields, body: string, contentType: string | undefined])[] = [
  ["an object as JSON", { data: { ä: [1, null] } }, '{"ä":[1,null]}', "application/json"],
  ["a string of JSON in quotes", { data: "hello" }, '"hello"', "application/json"],
  ["null as JSON", { data: null }, "null", "application/json"],
  ["text as it is", { datacontenttype: "text/plain", data: "hello" }, "hello", "text/plain"],
  [
    "text of another JSON type in quotes",
    { datacontenttype: "application/vnd.x+json; charset=utf-8", data: "x" },
    '"x"',
    "application/vnd.x+json; charset=utf-8",
  ],
  ["an object of another type as JSON", { datacontenttype: "text/plain", data: { a: 1 } }, '{"a":1}', "text/plain"],
  ["bytes as they are", { datacontenttype: "image/x", data: new Uint8Array([104, 105]) }, "hi", "image/x"],
  ["base64 as its bytes", { datacontenttype: "image/x", data_base64: "aGk=" }, "hi", "image/x"],
  ["nothing as an empty body", {}, "", undefined],
];

const VALUES = ["plain", 'a "b" c', "50%", "päämaja \u{1f600}", "a\ttab\r\nx: y", ""];

const INVALID: readonly (readonly [name: string, fields: Fields])[] = [
  ["a name with a capital", { myAttr: "x" }],
  ["a name with a line break", { "x\r\nNats-Msg-Id": "y" }],
  ["a name with a dash", { "my-attr": "x" }],
  ["a value that is an object", { extension: { a: 1 } }],
];

/**
 * The rules of the CloudEvents bindings, as cases for any test framework. Every sink runs them, so that one event
 * leaves in one way over all of them.
 */
export function cloudEventsConformance(fixture: CloudEventsFixture): ConformanceCase[] {
  const { prefix, contentTypeHeader, structuredHeader = "content-type", percentEncoded } = fixture;
  const bind = async (fields: Fields, contentMode: ContentMode) => {
    const { headers, body } = await fixture.bind({ ...EVENT, ...fields }, contentMode);
    return { headers, body: new TextDecoder().decode(body) };
  };
  const onWire = (text: string) => (percentEncoded ? percentEncodeByHand(text) : text);

  return [
    ...BODIES.map(([name, fields, body, contentType]) => ({
      name: `binary mode has ${name}`,
      async run() {
        const got = await bind(fields, "binary");
        expectEqual(got.body, body, "body");
        const type = contentType === undefined ? undefined : onWire(contentType);
        expectEqual(got.headers[contentTypeHeader], type, contentTypeHeader);
      },
    })),
    {
      name: "binary mode has each attribute in a header",
      async run() {
        const fields = { subject: "s", time: "2026-01-01T00:00:00Z", sequence: 3, sampled: true, partitionkey: "p" };
        const { headers } = await bind({ ...fields, none: undefined, empty: null }, "binary");
        const expected = Object.entries({ ...EVENT, ...fields }).map(([name, value]) => [prefix + name, `${value}`]);
        for (const [name = "", value] of expected)
          expectEqual(headers[name], value === undefined ? value : onWire(value), name);
        const got = Object.keys(headers).filter((name) => name.startsWith(prefix));
        expectEqual(
          got.sort().join(),
          expected
            .map(([name]) => name)
            .sort()
            .join(),
          "the headers",
        );
      },
    },
    {
      name: "binary mode writes values as the binding says",
      async run() {
        for (const value of VALUES) {
          const { headers } = await bind({ subject: value }, "binary");
          expectEqual(headers[`${prefix}subject`], onWire(value), JSON.stringify(value));
        }
      },
    },
    {
      name: "structured mode has the whole event as JSON in the body",
      async run() {
        const fields = { datacontenttype: "text/plain", subject: 'ä "b"', data: "hello" };
        const { headers, body } = await bind(fields, "structured");
        expectEqual(body, JSON.stringify({ ...EVENT, ...fields }), "body");
        const type = headers[structuredHeader] ?? "";
        assert(/^application\/cloudevents\+json(; charset=UTF-8)?$/.test(type), `${structuredHeader} is ${type}`);
        assert(!Object.keys(headers).some((name) => name.startsWith(prefix)), "attributes are in headers too");
      },
    },
    {
      name: "structured mode has bytes as base64",
      async run() {
        const { body } = await bind({ data: new Uint8Array([104, 105]) }, "structured");
        expectEqual(body, JSON.stringify({ ...EVENT, data_base64: "aGk=" }), "body");
      },
    },
    ...(["binary", "structured"] as const).flatMap((contentMode) =>
      INVALID.map(([name, fields]) => ({
        name: `${contentMode} mode refuses ${name}`,
        async run() {
          const thrown = await bind(fields, contentMode).then(
            () => undefined,
            (error: unknown) => error,
          );
          assert(thrown instanceof TypeError, `it threw ${String(thrown)}, not a TypeError`);
        },
      })),
    ),
  ];
}

function expectEqual(got: unknown, expected: unknown, what: string): void {
  assert(got === expected, `${what} is ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
}

/** Written without the code under test: every byte outside of the allowed characters as %XX. */
function percentEncodeByHand(text: string): string {
  let encoded = "";
  for (const byte of new TextEncoder().encode(text)) {
    const allowed = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x25;
    encoded += allowed ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
