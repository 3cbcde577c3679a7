import { cdevents, PROFILES } from "@alumiini/cdevents";
import { createTelemetry, toWire } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { occurrence, tapioEvent } from "@alumiini/tapio";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { readEvent } from "../../src/intake/read-event.js";
import { deadLetterOf, rowOf } from "../../src/intake/rows.js";
import { duckdbHistory } from "../support/histories.js";
import { asCdevents, DAY, START, syncEvents } from "../support/sample-events.js";

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function read(value: unknown) {
  const result = readEvent(value);
  if (!result.ok) throw new Error(result.message);
  return result.event;
}

describe("an event of ours", () => {
  const events = sampleEvents();

  it.each(PROFILES)("is the same whether it comes as itself or as a CDEvent of the profile %s", (profile) => {
    const encode = cdevents({ profile });
    for (const event of events) {
      const itself = read(toWire(event));
      for (const cloudEvent of encode(event)) {
        for (const form of [cloudEvent, cloudEvent.data]) {
          const { form: name, rank, messageId, body, ...same } = read(json(form));
          const { form: _, rank: __, messageId: ___, body: ____, ...own } = itself;
          expect([name, rank]).toEqual(["cdevent", 1]);
          expect(same).toEqual(own);
        }
      }
      expect(read(json([...encode(event)][0]?.data)).messageId).toBe(event.id);
    }
  });

  it("is the same as a TapioEvent and as an occurrence", () => {
    for (const event of events) {
      const own = read(toWire(event));
      const [first] = occurrence()(event);
      const { form, rank, body, ...same } = read(json(first?.data));
      const { form: _, rank: __, body: ___, ...expected } = own;
      expect([form, rank]).toEqual(["occurrence", 3]);
      expect(same).toEqual(expected);
    }
  });

  it("is made out as far as its labels tell where a TapioEvent carries nothing else", () => {
    for (const event of events) {
      const [first] = tapioEvent()(event);
      expect(read(json(first?.data))).toMatchObject({
        form: "tapio",
        eventId: event.id,
        system: "alumiini",
        type: event.type,
        outcome: event.outcome,
        repo: event.repoName,
        cluster: event.clusterId,
        sync: event.syncId ?? (event.type.startsWith("sync_") ? event.id : null),
      });
    }
  });

  it("is made out as far as its names tell where something took the custom data of a CDEvent", () => {
    const [started] = asCdevents(syncEvents({ sync: "s/1", at: START, commit: "aaaa1111" })[0] ?? never()) as {
      customData?: unknown;
    }[];
    const { customData, ...bare } = started ?? {};
    expect(customData).toBeDefined();
    expect(read(bare)).toMatchObject({
      rank: 5,
      type: "sync_started",
      repo: "checkout",
      sync: "s/1",
      cluster: "prod-eu",
    });
  });
});

describe("foreign events", () => {
  it("keep their own types, names and objects", () => {
    const oom = {
      id: "01J",
      timestamp: "2026-03-27T14:23:01.123456Z",
      source: "tapio-agent",
      type: "kernel.container.oom_kill",
      protocol_version: "1.0",
      severity: "critical",
      outcome: "failure",
      context: { cluster: "prod-eu", entities: [{ kind: "pod", id: "shop/api-1", name: "api-1", version: "7" }] },
      error: { code: "OOM", message: "killed; password=hunter22" },
    };
    const event = read(oom);
    expect(event).toMatchObject({
      system: "tapio",
      eventId: "tapio:01J",
      type: "kernel.container.oom_kill",
      subject: "pod/shop/api-1",
      cluster: "prod-eu",
    });
    expect(JSON.stringify(event.body)).not.toContain("hunter22");
    const cdevent = {
      context: {
        version: "0.4.1",
        id: "1",
        source: "https://ci.example.com",
        type: "dev.cdevents.pipelinerun.finished.0.2.0",
        timestamp: "2026-03-27T14:23:01Z",
      },
      subject: { id: "p/1", type: "pipelineRun", content: { outcome: "failure" } },
    };
    expect(read(cdevent)).toMatchObject({ system: "cdevents", type: "pipelinerun.finished", outcome: "failure" });
    // Ids are unique with their source only.
    const other = { ...cdevent, context: { ...cdevent.context, source: "https://cd.example.com" } };
    expect(rowOf(read(other), 0).id).not.toBe(rowOf(read(cdevent), 0).id);
  });
});

describe("CDEvents of others", () => {
  const event = (context: Record<string, unknown>, subject: Record<string, unknown> = {}) => ({
    context: { id: "1", source: "/ci", timestamp: "2023-03-20T14:27:05.315384Z", ...context },
    subject: {
      id: "checkout",
      source: "/ci",
      content: { environment: { id: "prod" }, artifactId: "pkg:oci/a" },
      ...subject,
    },
  });
  const deployed = event({ version: "0.4.1", type: "dev.cdevents.service.deployed.0.2.0" }, { type: "service" });

  it.each([
    ["0.1", event({ version: "0.1.2", type: "dev.cdevents.service.deployed.0.1.1" }, { type: "service" })],
    ["0.3", event({ version: "0.3.0", type: "dev.cdevents.service.deployed.0.1.1" }, { type: "service" })],
    ["0.4", deployed],
    ["a draft of 0.5", event({ version: "0.5.0-draft", type: "dev.cdevents.service.deployed.0.3.0-draft" })],
    ["a draft of 0.6", event({ specversion: "0.6.0-draft", type: "dev.cdevents.service.deployed.0.4.0" })],
    // The Python SDK calls a service a repository, and writes times with a space.
    [
      "an SDK that differs from the schemas",
      event(
        {
          version: "0.1.0",
          type: "dev.cdevents.service.deployed.0.1.0",
          timestamp: "2023-03-20 14:27:05.315384+00:00",
        },
        { type: "repository" },
      ),
    ],
  ])("are stored as they are: %s", (_, value) => {
    expect(read(value)).toMatchObject({
      system: "cdevents",
      type: "service.deployed",
      ts: Date.UTC(2023, 2, 20, 14, 27, 5, 315),
      environment: "prod",
      subject: "checkout",
    });
  });

  it("are found in CloudEvents whose data is an object, a text or base64", () => {
    const cloudEvent = { specversion: "1.0", id: "x", source: "/ci", type: "dev.cdevents.service.deployed.0.2.0" };
    const text = JSON.stringify(deployed);
    for (const data of [{ data: deployed }, { data: text }, { data_base64: Buffer.from(text).toString("base64") }]) {
      expect(read({ ...cloudEvent, ...data })).toEqual(read(deployed));
    }
    expect(readEvent({ ...cloudEvent, type: "com.example.x", data: { hello: 1 } })).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^in a CloudEvent of type com\.example\.x: /),
    });
  });

  it("have a zone in their time, or are refused: this machine's zone is not the sender's", () => {
    const local = event({ type: "dev.cdevents.service.deployed.0.1.0", timestamp: "2023-03-20 14:27:05.315384" });
    expect(readEvent(local)).toMatchObject({ ok: false, message: expect.stringContaining("with its zone") });
  });

  it("become a dead letter each where one message holds several that can't be read", async () => {
    await using place = await duckdbHistory(START + DAY);
    const batch = { value: JSON.stringify([{ bad: 1 }, deployed, { bad: 2 }]), source: "stream", sequence: 7 };
    for (const _ of [1, 2]) await place.history.intake([batch]);
    const { items, total } = await place.history.deadLetters();
    expect(total).toBe(2);
    expect(items.map(({ sample }) => sample).sort()).toEqual(['{"bad":1}', '{"bad":2}']);
  });
});

describe("hostile messages", () => {
  it("are refused with a reason, never thrown at", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.string()), (value) => {
        const result = readEvent(value);
        if (result.ok) rowOf(result.event, 0);
        else {
          const letter = deadLetterOf({ ...result, source: "s", sequence: null, receivedAt: 0, value });
          expect(String(letter["sample"]).length).toBeLessThanOrEqual(2_000);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("are refused whatever one field of a good event becomes", () => {
    const good = syncEvents({ sync: "s", at: START, commit: "aaaa1111" })[3] ?? never();
    const forms = [good, ...asCdevents(good)].map(json);
    fc.assert(
      fc.property(fc.constantFrom(...forms), fc.nat(), fc.anything(), (form, place, value) => {
        const copy = structuredClone(form) as Record<string, unknown>;
        const keys = Object.keys(copy);
        copy[keys[place % keys.length] ?? ""] = value;
        const result = readEvent(copy);
        if (result.ok) JSON.parse(rowOf(result.event, 0).body);
      }),
      { numRuns: 1_000 },
    );
  });

  it("stop nothing: they become dead letters, and the others are stored", async () => {
    await using place = await duckdbHistory(START + DAY);
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const messages = [
      "{",
      "null",
      "42",
      '{"id":"x"}',
      deep,
      new Uint8Array([0xff, 0xfe, 0x00]),
      JSON.stringify({ ...syncEvents({ sync: "s", at: START })[0], repo_name: "" }),
      { token: "Bearer abcdefgh12345678", id: 3 },
      ...syncEvents({ sync: "s", at: START, commit: "a\u0000b" }),
      ...syncEvents({ sync: "p", at: START, repo: "__proto__", commit: "aaaa1111" }),
      ...syncEvents({ sync: "' or 1=1 --", at: START, repo: "'; drop table events; --" }),
    ];
    const result = await place.history.intake(
      messages.map((value, index) => ({ value, source: "stream", sequence: index })),
    );
    expect(result).toEqual({ stored: 12, duplicate: 0, ignored: 0, refused: 8 });
    const { items, byReason, total } = await place.history.deadLetters();
    expect(total).toBe(8);
    expect(byReason.map(({ reason }) => reason).sort()).toEqual(["invalid_event", "not_json", "unknown_form"]);
    expect(JSON.stringify(items)).not.toContain("abcdefgh12345678");
    expect((await place.history.fleet()).total).toBe(3);
    const { received, stored, duplicate, ignored, refused } = await place.history.stats();
    expect(received).toBe(stored + duplicate + ignored + refused);
    // Offered again after a lost acknowledgement: nothing twice.
    const again = await place.history.intake(
      messages.map((value, index) => ({ value, source: "stream", sequence: index })),
    );
    expect(again).toEqual({ stored: 0, duplicate: 12, ignored: 0, refused: 8 });
    expect((await place.history.deadLetters()).total).toBe(8);
  });
});

describe("an event whose time lies ahead", () => {
  it("is refused where that is over a day, for it would be the newest of its repository until then", async () => {
    await using place = await duckdbHistory(START);
    const day = syncEvents({ sync: "a", at: START + DAY - 60_000, took: 1_000, commit: "aaaa1111" });
    const [late] = syncEvents({ sync: "b", at: START + DAY + 1, commit: "bbbb2222" });
    const result = await place.history.intake(
      [...day, late].map((value, index) => ({ value, source: "stream", sequence: index })),
    );
    expect(result).toEqual({ stored: day.length, duplicate: 0, ignored: 0, refused: 1 });
    const { items } = await place.history.deadLetters();
    expect(items).toMatchObject([{ reason: "ahead_of_clock", message: expect.stringContaining("over a day ahead") }]);
  });
});

it("refuses messages without a source at once, good ones too", async () => {
  await using place = await duckdbHistory(START + DAY);
  const messages = JSON.parse(JSON.stringify([{ value: syncEvents({ sync: "s", at: START })[0] }]));
  await expect(place.history.intake(messages)).rejects.toThrow("Fix: name the stream");
});

describe("a message of many events", () => {
  it("gives the event loop its turn while it is read", async () => {
    await using place = await duckdbHistory(START + DAY);
    let turns = 0;
    let turn = setImmediate(function next() {
      turns++;
      turn = setImmediate(next);
    });
    const turnsBefore: number[] = [];
    const { store } = place.history;
    const commit = store.commit.bind(store);
    vi.spyOn(store, "commit").mockImplementation((...given) => {
      turnsBefore.push(turns);
      return commit(...given);
    });
    const events = Array.from({ length: 1_000 }, (_, n) => syncEvents({ sync: `s${n}`, at: START + n })).flat();
    const read = await place.history.intake([{ value: events, source: "test", sequence: null }]);
    clearImmediate(turn);
    expect(read.stored).toBe(events.length);
    // It is read before any of it is stored.
    expect(turnsBefore[0]).toBeGreaterThanOrEqual(Math.floor(events.length / 500));
  });
});

describe("the subscriber", () => {
  it("stores what a telemetry instance emits, and counts it", async () => {
    await using place = await duckdbHistory(START + DAY);
    const telemetry = createTelemetry({ clusterId: "here" });
    telemetry.subscribe(place.history.subscriber());
    telemetry.emit("sync_started", { repoName: "r", namespace: "n", trigger: "poll", syncId: "1" });
    telemetry.emit("sync_completed", { repoName: "r", namespace: "n", trigger: "poll", syncId: "1", durationMs: 5 });
    telemetry.measure("suspension", { repoName: "r", namespace: "n", suspended: true });
    await telemetry.flush();
    expect((await place.history.fleet()).items).toMatchObject([
      { state: "suspended", lastOutcomes: [{ syncId: "1" }] },
    ]);
    expect(await place.history.stats()).toMatchObject({ received: 3, stored: 3, dropped: 0, inFlight: 0 });
    await telemetry.close();
  });
});

function never(): never {
  throw new Error("no such event");
}
