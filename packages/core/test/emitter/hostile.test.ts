import { describe, expect, it } from "vitest";
import { describeFailure, EVENT_TYPES, MEASUREMENT_KINDS } from "../../src/index.js";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;
/** What no compiler looks at. */
const unchecked = base as never;
const SECRET = "s3cr3t-Value9";
const URL_WITH_SECRET = `https://user:${SECRET}@host/r`;
const fails = () => {
  throw new Error("no");
};

/** Values that throw, or do something else than others, as soon as they are turned into text or a number. */
const strange: readonly (readonly [string, unknown])[] = [
  ["an object whose toString throws", { toString: fails }],
  ["an object without a prototype", Object.create(null)],
  ["a symbol", Symbol("x")],
  ["a bigint", 7n],
  ["a proxy whose traps throw", new Proxy({}, { get: fails, has: fails, ownKeys: fails, getPrototypeOf: fails })],
  ["the name of a property of objects", "constructor"],
  ["the name of the prototype", "__proto__"],
  ["NaN", Number.NaN],
  ["undefined", undefined],
];

describe.each(strange)("%s", (_, value) => {
  it("throws into the controller from nowhere, and stops nothing", () => {
    const { telemetry, recorder } = attach({ clock: { now: () => value as never, monotonic: () => value as never } });
    const odd = value as never;
    telemetry.emit(odd, unchecked);
    telemetry.emit("sync_started", odd);
    telemetry.measure(odd, odd);
    telemetry.measure("worker_count", { count: odd });
    telemetry.start(odd, unchecked).complete(odd);
    telemetry.run(odd, unchecked, (handle) => handle.fail(odd));
    telemetry.start("git", { ...base, operation: odd }).fail(odd);
    for (const field of ["resources", "attributes", "repoName", "durationMs", "errorMessage", "resourcesApplied"]) {
      telemetry.emit("apply_completed", { ...base, durationMs: 1, [field]: value });
      telemetry.emit("apply_completed", {
        ...base,
        durationMs: 1,
        resources: [odd, { kind: "a", name: odd }],
      });
    }
    recorder.clear();
    telemetry.emit("sync_started", base);
    expect(recorder.events).toHaveLength(1);
  });
});

it("a list that lies about its length is not believed", () => {
  const { telemetry, recorder } = attach();
  const liar = new Proxy([], { get: (list, key) => (key === "length" ? SECRET : Reflect.get(list, key)) });
  telemetry.emit("apply_completed", { ...base, durationMs: 1, resources: liar });
  expect(recorder.events[0]).not.toHaveProperty("resourcesApplied");
});

it("half a surrogate pair, given or left over by a cut, is replaced, the second time too", () => {
  const { telemetry, recorder } = attach();
  const fields = { ...base, durationMs: 1, branch: "a\ud83d", errorMessage: `${"a".repeat(8190)}😀😀` };
  telemetry.emit("git_fetched", fields);
  telemetry.emit("git_fetched", fields);
  const expected = { branch: "a\ufffd", errorMessage: `${"a".repeat(8190)}\ufffd…` };
  expect(recorder.events).toMatchObject([expected, expected]);
});

it("a password longer than the field it came in is gone", () => {
  const { telemetry, recorder } = attach();
  telemetry.emit("sync_started", { ...base, branch: `https://user:${SECRET.repeat(70)}@host/r` });
  expect(recorder.events).toMatchObject([{ branch: "https://host/r" }]);
});

it("secrets are in no failure report, whatever is reported about", async () => {
  const { telemetry, reports } = attach();
  const fields = { ...base, repoName: URL_WITH_SECRET, trigger: URL_WITH_SECRET };
  const unknown = URL_WITH_SECRET as never;
  telemetry.emit(unknown, unchecked);
  telemetry.emit("sync_started", fields as never);
  telemetry.measure(unknown, unchecked);
  telemetry.start(unknown, unchecked).complete();
  const sync = telemetry.start("sync", fields as never);
  sync.complete();
  sync.complete();
  telemetry.start("apply", fields as never);
  telemetry.subscribe({ name: URL_WITH_SECRET, handle: fails });
  for (const type of EVENT_TYPES) telemetry.emit(type, unchecked);
  await telemetry.close();
  telemetry.emit(unknown, unchecked);
  const text = JSON.stringify(reports) + reports.map(describeFailure).join("\n") + JSON.stringify(telemetry.stats());
  expect(new Set(reports.map((report) => report.kind))).toEqual(
    new Set([
      "invalid_fields",
      "operation_ended_twice",
      "operation_never_ended",
      "subscriber_failed",
      "subscriber_detached",
      "dropped",
    ]),
  );
  // Not `toContain`: a failure would print all of it.
  expect(text.includes(SECRET)).toBe(false);
});

it("the name of an event type measures nothing, and that of a measurement emits nothing", () => {
  const { telemetry, recorder } = attach();
  for (const type of EVENT_TYPES) telemetry.measure(type as never, { ...base, count: 1 } as never);
  for (const kind of MEASUREMENT_KINDS) telemetry.emit(kind as never, unchecked);
  expect([...recorder.events, ...recorder.measurements]).toEqual([]);
  expect(telemetry.stats().rejected).toBe(EVENT_TYPES.length + MEASUREMENT_KINDS.length);
});
