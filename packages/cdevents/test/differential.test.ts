import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCdevent } from "../src/index.js";
import { officialOrSkip } from "./support/official.js";

/** Texts that the formats and patterns of the schemas tell apart. */
const TEXTS = [
  "",
  " ",
  "x",
  "a b",
  "/path",
  "//host/path",
  "https://example.com/a?b#c",
  "ssh://git@host:22/a",
  "git@host:org/a.git",
  "urn:a:b",
  "a:",
  "a:?x",
  "#f",
  "?q",
  "%41",
  "%4",
  "http://[::1]:80/",
  "http://[::g]/",
  "/[::1]/",
  'https://h/"',
  "ä",
  "2024-12-16T12:00:00Z",
  "2024-12-16 12:00:00Z",
  "2024-12-16",
  "2024-02-30T00:00:00Z",
  "2024-12-16T12:00:00",
  "END",
  "PATH",
  "START",
  "success",
  "failure",
  "pass",
  "dev.cdevents.service.deployed.0.3.0",
  "service",
  "mytool-resource",
  "dev.cdeventsx.mytool-resource.created.0.10.0",
  "dev.cdeventsx.my-tool-resource.created.0.1.0",
  "0.5.1",
] as const;
const KEYS = ["id", "source", "type", "traceparent", "version", "specversion", "extra", "__proto__", "tags", "from"];

const anyValue = fc.oneof(
  fc.constantFrom<unknown>(...TEXTS),
  fc.constantFrom<unknown>(null, true, 0, -1.5, [], {}, [{}], [[]], { id: "x" }, { contextId: "x" }, ["x"]),
  fc.jsonValue({ maxDepth: 2 }),
);

/** One change to a document: where (as fractions of what is there) and what. */
const mutation = fc.record({
  where: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 6 }),
  how: fc.constantFrom("replace", "replace", "remove", "add"),
  key: fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 5 })),
  value: anyValue,
});

type Container = Record<string, unknown> | unknown[];

function mutate(
  document: Container,
  { where, how, key, value }: typeof mutation extends fc.Arbitrary<infer M> ? M : never,
) {
  let at: Container = document;
  for (const [index, fraction] of where.entries()) {
    const keys = Object.keys(at);
    const chosen = keys[Math.floor(fraction * keys.length)];
    const next: unknown = chosen === undefined ? undefined : Reflect.get(at, chosen);
    const last = index === where.length - 1 || typeof next !== "object" || next === null;
    if (!last) {
      at = next as Container;
      continue;
    }
    if (how === "add" || chosen === undefined) define(at, Array.isArray(at) ? String(at.length) : key, value);
    else if (how === "remove" && !Array.isArray(at)) Reflect.deleteProperty(at, chosen);
    else define(at, chosen, value);
    return;
  }
}

/** Own properties only, as JSON.parse makes them: also where the name is `__proto__`. */
function define(target: Container, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
}

describe("the parser and the official schemas", () => {
  it("agree on every mutation of every official example", (context) => {
    const official = officialOrSkip(context);
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...official.vectors),
        fc.array(mutation, { minLength: 1, maxLength: 2 }),
        (vector, changes) => {
          const document = JSON.parse(vector.text);
          for (const change of changes) mutate(document, structuredClone(change));
          const text = JSON.stringify(document);
          const accepted = official.accepts(JSON.parse(text));
          seen[accepted ? "accepted" : "refused"]++;
          expect(parseCdevent(text).ok, text).toBe(accepted);
        },
      ),
      { numRuns: 10_000 },
    );
    // Both answers came often enough for the agreement to mean something.
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(500);
  });

  it("agree where each field in turn is replaced by each kind of value", (context) => {
    const official = officialOrSkip(context);
    for (const { text, file } of official.vectors) {
      for (const path of paths(JSON.parse(text))) {
        // The links are the same in every example; each value in each of their fields once for each version will do.
        if (path[1] === "links" && file !== "custom") continue;
        for (const value of [...TEXTS, null, 1, {}, [], ["x"], [1], undefined]) {
          const document = JSON.parse(text);
          const holder: unknown = path.slice(0, -1).reduce((at, key) => Reflect.get(at, key), document);
          define(holder as Container, path.at(-1) ?? "", value);
          const changed = JSON.parse(JSON.stringify(document));
          expect(parseCdevent(changed).ok, JSON.stringify(changed)).toBe(official.accepts(changed));
        }
      }
    }
  });
});

function paths(value: unknown, prefix: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...prefix, key], ...paths(inner, [...prefix, key])]);
}
