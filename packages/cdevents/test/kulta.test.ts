import { type AluminiEvent, createTelemetry, type FailureReport } from "@alumiini/core";
import { subscriberConformance } from "@alumiini/core/testing";
import { describe, expect, it } from "vitest";
import { findSyncOf, parseKultaEvent, type RolloutHandOff, rolloutTrigger } from "../src/index.js";
import { eventOf } from "./support/events.js";

/** An event as KULTA posts it: structured, CDEvents 0.4.1, without links. */
function kultaEvent(
  predicate = "upgraded",
  customData: unknown = KULTA_DATA,
  timestamp = "2024-12-16T12:05:00.123456789+00:00",
): object {
  const image =
    predicate === "published" || predicate === "removed" ? {} : { artifactId: "registry.example.com/my-app:1.4.2" };
  const context = {
    version: "0.4.1",
    id: "6ca3f9c5-1cef-4ce0-861c-2456a69cf137",
    source: "https://kulta.io",
    type: `dev.cdevents.service.${predicate}.0.2.0`,
    timestamp,
  };
  return {
    specversion: "1.0",
    id: context.id,
    source: context.source,
    type: context.type,
    subject: "/rollouts/my-app/step/1",
    time: context.timestamp,
    datacontenttype: "application/json",
    data: {
      context,
      subject: {
        id: "/rollouts/my-app/step/1",
        source: "https://kulta.io/controller",
        type: "service",
        content: {
          environment: {
            id: "default/my-app",
            source: "/apis/argoproj.io/v1alpha1/namespaces/default/rollouts/my-app",
          },
          ...image,
        },
      },
      customData,
      customDataContentType: "application/json",
    },
  };
}

const KULTA_DATA = {
  kulta: {
    version: "v1",
    rollout: { name: "my-app", namespace: "default", uid: "0b8f6f0a", generation: 3 },
    strategy: "canary",
    step: { index: 1, total: 4, traffic_weight: 25 },
    decision: { reason: "step_advanced" },
  },
};

const EXPECTED = {
  id: "6ca3f9c5-1cef-4ce0-861c-2456a69cf137",
  timestamp: Date.parse("2024-12-16T12:05:00.123Z"),
  phase: "upgraded",
  rolloutRef: "default/my-app",
  rollout: { namespace: "default", name: "my-app", uid: "0b8f6f0a", generation: 3 },
  image: "registry.example.com/my-app:1.4.2",
  strategy: "canary",
  reason: "step_advanced",
  step: { index: 1, total: 4, trafficWeight: 25 },
};

describe("parseKultaEvent", () => {
  it("reads what KULTA posts, as text, as an object, as a message and without its envelope", () => {
    const cloudEvent = kultaEvent();
    const body = JSON.stringify(cloudEvent);
    const headers = { "content-type": "application/cloudevents+json" };
    for (const given of [body, cloudEvent, { headers, body }, Reflect.get(cloudEvent, "data")]) {
      expect(parseKultaEvent(given)).toEqual({ ok: true, event: EXPECTED });
    }
  });

  it.each(["deployed", "rolledback", "published"])("reads service.%s", (phase) => {
    const parsed = parseKultaEvent(kultaEvent(phase));
    expect(parsed).toMatchObject({ ok: true, event: { phase, rolloutRef: "default/my-app" } });
    expect(parsed.ok && "image" in parsed.event).toBe(phase !== "published");
  });

  it("does without what KULTA may leave out", () => {
    const bare = { kulta: { rollout: { namespace: "default", name: "my-app" }, step: { index: "1" } } };
    expect(parseKultaEvent(kultaEvent("published", bare))).toMatchObject({
      ok: true,
      event: { rollout: { namespace: "default", name: "my-app" } },
    });
  });

  it.each([
    ["an event of somebody else", kultaEvent("upgraded", {}), "/customData/kulta"],
    ["one without a rollout", kultaEvent("upgraded", { kulta: {} }), "/customData/kulta/rollout/namespace"],
    [
      "a rollout without a name",
      kultaEvent("upgraded", { kulta: { rollout: { namespace: "a", name: 1 } } }),
      "/customData/kulta/rollout/name",
    ],
    [
      "a namespace with a slash, which could stand for another rollout",
      kultaEvent("upgraded", { kulta: { rollout: { namespace: "default/my", name: "app" } } }),
      "/customData/kulta/rollout/namespace",
    ],
    ["a leap second", kultaEvent("upgraded", KULTA_DATA, "2016-12-31T23:59:60Z"), "/context/timestamp"],
    ["another type", kultaEvent("removed"), "/context/type"],
    ["no CDEvent", {}, ""],
    ["text that isn't JSON", "{", ""],
  ])("refuses %s", (_what, given, path) => {
    expect(parseKultaEvent(given)).toMatchObject({ ok: false, errors: [{ path }] });
  });
});

describe("findSyncOf", () => {
  const parsed = parseKultaEvent(kultaEvent());
  if (!parsed.ok) throw new Error("no event");
  const { event } = parsed;
  const sync = (id: string, secondsBefore: number, rolloutRef = "default/my-app"): AluminiEvent => ({
    ...eventOf("sync_completed", { rolloutRef }),
    id,
    timestamp: event.timestamp - secondsBefore * 1000,
  });

  it("is the latest completed sync of the same rollout that ended before, or nearly", () => {
    const events = [sync("old", 600), sync("last", 60), sync("other", 30, "default/other"), sync("next", -60)];
    expect(findSyncOf(event, events)?.id).toBe("last");
    expect(findSyncOf(event, [...events, sync("skewed", -4)])?.id).toBe("skewed");
    expect(findSyncOf(event, [...events, sync("skewed", -4)], { toleranceMs: 0 })?.id).toBe("last");
    expect(
      findSyncOf(event, [sync("next", -60), eventOf("sync_failed", { rolloutRef: "default/my-app" })]),
    ).toBeUndefined();
  });
});

describe("rolloutTrigger", () => {
  function setUp(onRollout: (handOff: RolloutHandOff) => void | PromiseLike<void>) {
    const failures: FailureReport[] = [];
    const telemetry = createTelemetry({ clusterId: "prod", onFailure: (failure) => failures.push(failure) });
    telemetry.subscribe(rolloutTrigger({ onRollout }));
    const sync = {
      repoName: "my-app",
      namespace: "default",
      trigger: "poll",
      durationMs: 1,
      commit: "4f2a91c",
    } as const;
    return { telemetry, failures, sync };
  }

  it("calls back once for each completed sync with a rolloutRef, replays included", async () => {
    const calls: RolloutHandOff[] = [];
    const { telemetry, sync } = setUp((handOff) => void calls.push(handOff));
    telemetry.emit("sync_completed", { ...sync, syncId: "S1", rolloutRef: "default/my-app" });
    telemetry.emit("sync_completed", { ...sync, syncId: "S1", rolloutRef: "default/my-app" });
    telemetry.emit("sync_completed", { ...sync, syncId: "S2" });
    telemetry.emit("sync_failed", { ...sync, syncId: "S3", rolloutRef: "default/my-app", errorType: "git_error" });
    telemetry.emit("sync_completed", { ...sync, repoName: "other", syncId: "S1", rolloutRef: "default/other" });
    await telemetry.close();
    expect(calls.map(({ rolloutRef, syncId, commit, event }) => [rolloutRef, syncId, commit, event.repoName])).toEqual([
      ["default/my-app", "S1", "4f2a91c", "my-app"],
      ["default/other", "S1", "4f2a91c", "other"],
    ]);
  });

  it.each<readonly [string, () => void | PromiseLike<void>]>([
    [
      "throws",
      () => {
        throw new Error("no cluster");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no cluster"))],
  ])("reports a callback that %s, and calls it again at the replay", async (_how, fail) => {
    let calls = 0;
    const { telemetry, failures, sync } = setUp(() => (calls++ === 0 ? fail() : undefined));
    const emit = async () => {
      telemetry.emit("sync_completed", { ...sync, syncId: "S1", rolloutRef: "default/my-app" });
      await telemetry.flush();
    };
    await emit();
    await emit();
    await emit();
    expect(calls).toBe(2);
    expect(failures).toMatchObject([{ kind: "subscriber_failed", subscriber: "rollout-trigger" }]);
  });

  it("is waited for by flush", async () => {
    let done = false;
    const { telemetry, sync } = setUp(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      done = true;
    });
    telemetry.emit("sync_completed", { ...sync, rolloutRef: "default/my-app" });
    await telemetry.flush();
    expect(done).toBe(true);
  });

  for (const { name, run } of subscriberConformance(() => rolloutTrigger({ onRollout: () => undefined })))
    it(name, run);
});
