import { EVENT_TYPES, parseWire, toWire } from "@alumiini/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backfill, type HeadersLike, ingestHandler, type Mapped, unverified } from "../src/index.js";
import { CONTEXT, MAPPERS, OWN_FIXTURES, readFixtures } from "./support/fixtures.js";
import { isBalanced } from "./support/requests.js";
import { Store } from "./support/target.js";

const HEADER_NAMES = ["x-github-event", "x-gitlab-event", "ce-type", "Ce-Source", "ce-time", "content-type", "get"];
const HEADER_VALUES = ["push", "deployment_status", "dev.tekton.event.pipelinerun.started.v1", "Deployment Hook"];

const headers: fc.Arbitrary<HeadersLike> = fc.dictionary(
  fc.oneof(fc.constantFrom(...HEADER_NAMES), fc.string()),
  fc.oneof(fc.string(), fc.constantFrom(...HEADER_VALUES), fc.array(fc.string()), fc.constant(undefined)),
);

const samples = readFixtures(OWN_FIXTURES).flatMap(({ source, deliveries }) =>
  deliveries.map((delivery) => ({ source, headers: delivery.headers, body: JSON.parse(delivery.text) })),
);

/** Values that stand where others are expected. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    0,
    -1,
    1e300,
    true,
    [],
    {},
    "2026-02-30T25:61:61Z",
    "9999-12-31T23:59:59Z",
    "\ud800",
  ),
  fc.constantFrom(
    "x".repeat(5000),
    "/".repeat(300),
    "https://user:password@host/",
    "__proto__",
    "1970-01-01T00:00:00Z",
  ),
  fc.jsonValue(),
);

/** Real deliveries in which some values are others. */
const mutated = fc
  .record({ sample: fc.constantFrom(...samples), seed: fc.nat(), values: fc.array(odd, { maxLength: 4 }) })
  .map(({ sample, seed, values }) => {
    const body = structuredClone(sample.body);
    const places: { holder: Record<string, unknown>; key: string }[] = [];
    const visit = (value: unknown) => {
      if (typeof value !== "object" || value === null) return;
      const holder = value as Record<string, unknown>;
      for (const key of Object.keys(holder)) {
        places.push({ holder, key });
        visit(holder[key]);
      }
    };
    visit(body);
    values.forEach((value, index) => {
      const place = places[(seed + index * 7919) % places.length];
      if (place !== undefined) place.holder[place.key] = value;
    });
    return { ...sample, body };
  });

function expectSound(mapped: Mapped): void {
  const { events, ignored, rejected } = mapped;
  expect([events.length > 0, ignored !== undefined, rejected !== undefined].filter(Boolean)).toHaveLength(1);
  if (ignored !== undefined) expect(ignored.reason).toMatch(/^[\w.-]{1,64}$/);
  if (rejected !== undefined) expect([typeof rejected.path, rejected.message.length < 400]).toEqual(["string", true]);
  for (const event of events) {
    expect(EVENT_TYPES).toContain(event.type);
    expect(event.id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    // What a relay does: it takes what the wire form says, and finds nothing to correct.
    expect(parseWire(JSON.stringify(toWire(event)))).toEqual({ ok: true, event });
    expect(Object.isFrozen(event)).toBe(true);
  }
}

describe.each(Object.entries(MAPPERS))("the mapper %s", (_name, map) => {
  it("answers any JSON and any headers", () => {
    fc.assert(
      fc.property(fc.json(), headers, (body, given) => expectSound(map({ headers: given, body }, CONTEXT))),
      { numRuns: 300 },
    );
  });

  it("answers any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), headers, (body, given) =>
        expectSound(map({ headers: given, body }, CONTEXT)),
      ),
    );
  });

  it("answers deliveries of all sources in which values are wrong, and the same again", () => {
    fc.assert(
      fc.property(mutated, ({ headers: given, body }) => {
        const delivery = { headers: given, body: JSON.stringify(body) };
        const mapped = map(delivery, CONTEXT);
        expectSound(mapped);
        expect(map({ ...delivery, body: new TextEncoder().encode(delivery.body) }, CONTEXT)).toEqual(mapped);
        // Nothing of an event depends on when its delivery arrives.
        expect(map(delivery, { ...CONTEXT, receivedAt: 0 })).toEqual(mapped);
      }),
      { numRuns: 500 },
    );
  });

  it("survives a context and headers that throw", () => {
    const boom = (): never => {
      throw new Error("boom");
    };
    for (const sample of samples) {
      const body = JSON.stringify(sample.body);
      expectSound(map({ headers: sample.headers, body }, { ...CONTEXT, repoName: boom, environment: boom }));
      expectSound(map({ headers: { get: boom }, body }, CONTEXT));
    }
  });
});

describe("time", () => {
  const LONG = 900_000;
  const flux = (message: string, fields: object = {}) => {
    const [first] = samples.filter(({ source }) => source === "flux");
    return { headers: {}, body: JSON.stringify({ ...first?.body, ...fields, message }) };
  };

  // Quadratic time would take minutes: the test's own limit is the measure.
  it.each([
    ["one line", "a".repeat(LONG)],
    ["many lines", "a b\n".repeat(LONG / 4)],
    ["slashes", "A/".repeat(LONG / 2)],
    ["charts", "with chart ".repeat(LONG / 11)],
    ["versions", `with chart ${"a@".repeat(LONG / 2)}`],
    ["Helm", `Helm install ${"succeeded ".repeat(LONG / 10)}`],
    ["durations", `Reconciliation finished in ${"1h".repeat(LONG / 2)}`],
    ["digits", `Reconciliation finished in ${"1".repeat(LONG)}`],
    ["tokens", "token=".repeat(LONG / 6)],
    ["addresses", "https://a:".repeat(LONG / 10)],
  ])("is in proportion to a message of %s", (_what, message) => {
    for (const kind of ["Kustomization", "HelmRelease", "GitRepository"]) {
      for (const severity of ["info", "error"]) {
        for (const reason of ["ReconciliationSucceeded", "DriftDetected", "info"]) {
          const involvedObject = { kind, namespace: "n", name: "x", uid: "u" };
          const metadata = { revision: message };
          const delivery = flux(message, { involvedObject, severity, reason, metadata });
          expectSound(MAPPERS["flux"]?.(delivery, CONTEXT) ?? { events: [] });
        }
      }
    }
  });

  it.each([
    ["nested arrays", "[".repeat(LONG)],
    ["nested objects", `${'{"app":'.repeat(LONG / 7)}`],
    ["closed nested arrays", `{"app":${"[".repeat(LONG / 2)}${"]".repeat(LONG / 2)}}`],
    ["one key many times", `{${'"a":1,'.repeat(LONG / 6)}"a":1}`],
    ["many keys", `{${Array.from({ length: LONG / 12 }, (_, index) => `"k${index}":1`).join(",")}}`],
  ])("is in proportion to %s", (_what, body) => {
    for (const map of Object.values(MAPPERS)) expectSound(map({ headers: { "ce-type": "x" }, body }, CONTEXT));
    backfill(body, { clusterId: "test" });
  });
});

describe("the handler", () => {
  it("answers any request with a status of its own, and counts it", async () => {
    const sources = Object.fromEntries(
      Object.entries(MAPPERS).map(([name, map]) => [`/${name}`, { map, verify: unverified() }]),
    );
    const handler = ingestHandler({ sources, to: new Store(), clusterId: "test" });
    const known = [200, 404, 405, 413, 415, 422];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(sources), "/", "/flux/", "//flux", "/%66lux"),
        fc.constantFrom("POST", "POST", "POST", "GET", "PUT"),
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.json(),
          mutated.map(({ body }) => JSON.stringify(body)),
        ),
        fc.option(fc.constantFrom("application/json", "text/plain", "application/json;x", "x")),
        async (path, method, body, type) => {
          const response = await handler(
            new Request(`http://localhost${path}`, {
              method,
              headers: type === null ? {} : { "content-type": type },
              ...(method !== "GET" && { body: typeof body === "string" ? body : new Uint8Array(body) }),
            }),
          );
          expect(known).toContain(response.status);
          JSON.parse(await response.text());
          expect(isBalanced(handler.stats())).toBe(true);
          expect(handler.stats().inProgress).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("backfill", () => {
  it("answers anything", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.uint8Array()), (given) => {
        const { events, rejected } = backfill(given, { clusterId: "test" });
        expect([Array.isArray(events), Array.isArray(rejected)]).toEqual([true, true]);
      }),
      { numRuns: 300 },
    );
  });
});
