import { createCdevent, cdevents as encoder, PROFILES, toCloudEvent, toMessage } from "@alumiini/cdevents";
import { type AluminiEvent, toWire } from "@alumiini/core";
import { recordEvents } from "@alumiini/core/testing";
import { describe, expect, it } from "vitest";
import { cdevents } from "../../src/sources/cdevents.js";
import { CONTEXT } from "../support/fixtures.js";
import { telemetryOf } from "../support/target.js";

const map = (body: unknown, headers = {}) => cdevents({ headers, body: JSON.stringify(body) }, CONTEXT);

const environment = { id: "/prod/shop" };
const artifactId = `pkg:github/acme/shop@${"a1".repeat(20)}`;
const context = { source: "/clusters/prod/deployer", id: "e-1", timestamp: "2026-01-01T00:00:00Z" };
const service = (name: "service.deployed" | "service.upgraded" | "service.rolledback") =>
  createCdevent(name, { context, subject: { id: "shop/web", content: { environment, artifactId } } });
const finished = (outcome: "success" | "failure" | "cancel" | "error") =>
  createCdevent("pipelinerun.finished", {
    context,
    subject: { id: "/runs/7", content: { pipelineName: "deploy/shop", outcome, errors: "no" } },
  });

describe("an event of ours that became CDEvents", () => {
  const recorder = recordEvents();
  const telemetry = telemetryOf(recorder);
  telemetry.emit("sync_completed", {
    repoName: "shop",
    namespace: "team",
    trigger: "poll",
    durationMs: 5,
    commit: "4f2a91c",
  });
  const [event] = recorder.events as [AluminiEvent];

  it.each(PROFILES)("comes back as it was, once: %s", (profile) => {
    for (const cloudEvent of encoder({ profile })(event)) {
      for (const mode of ["binary", "structured"] as const) {
        const { headers, body } = toMessage(cloudEvent, mode);
        const mapped = cdevents({ headers, body }, CONTEXT);
        expect(mapped).toEqual({ events: [event] });
      }
      expect(map(cloudEvent.data)).toEqual({ events: [event] });
    }
  });

  it("is refused where somebody has changed it into none", () => {
    const [cloudEvent] = encoder({ profile: "0.5.1" })(event);
    const data = JSON.parse(JSON.stringify(cloudEvent?.data));
    data.customData.alumiini.timestamp = "yesterday";
    expect(map(data).rejected?.path).toBe("/customData/alumiini");
  });
});

describe("CDEvents of others", () => {
  it.each(["service.deployed", "service.upgraded", "service.rolledback"] as const)("%s completes a sync", (name) => {
    const [event] = map(service(name)).events.map(toWire);
    expect(event).toMatchObject({
      type: "sync_completed",
      namespace: "shop",
      repo_name: "web",
      commit: "a1".repeat(20),
    });
    expect(event?.attributes["deployment.environment.name"]).toBe("/prod/shop");
    expect(event?.attributes["alumiini.source.rollback"]).toBe(name === "service.rolledback" ? true : undefined);
  });

  it.each([
    ["success", { type: "sync_completed", outcome: "success" }],
    ["failure", { type: "sync_failed", outcome: "failure", error_message: "no" }],
    ["error", { type: "sync_failed", outcome: "failure" }],
    ["cancel", { type: "sync_failed", outcome: "unknown", error_type: "cancelled", severity: "info" }],
  ] as const)("a pipeline run ends in %s", (outcome, expected) => {
    expect(map(finished(outcome)).events.map(toWire)).toMatchObject([
      { ...expected, namespace: "deploy", repo_name: "shop" },
    ]);
  });

  it("come in CloudEvents of both modes, as the same event", () => {
    const [bare] = map(service("service.deployed")).events;
    for (const mode of ["binary", "structured"] as const) {
      const { headers, body } = toMessage(toCloudEvent(service("service.deployed")), mode);
      expect(cdevents({ headers, body }, CONTEXT).events).toEqual([bare]);
    }
  });

  it("are ignored by their type where they are no sync, and refused where they are no CDEvents", () => {
    const removed = createCdevent("service.removed", {
      context,
      subject: { id: "shop/web", content: { environment } },
    });
    expect(map(removed)).toEqual({ events: [], ignored: { reason: "service.removed" } });
    expect(map({ context: { type: "dev.cdevents.x" } }).rejected?.path).toBe("/context/type");
    expect(map({ hello: 1 }).rejected).toBeDefined();
  });
});

describe("KULTA", () => {
  const kulta = (
    name: "service.deployed" | "service.upgraded" | "service.rolledback" | "service.published",
    id: string,
    second: number,
  ) => ({
    ...createCdevent(name, {
      context: { source: "https://kulta.io/controller", id, timestamp: `2026-01-01T00:00:0${second}Z` },
      subject: {
        id: "/rollouts/web/1",
        content: { environment: { id: "prod" }, ...(name !== "service.published" && { artifactId: "pkg:oci/web" }) },
      },
    } as never),
    customData: {
      kulta: {
        rollout: { namespace: "shop", name: "web", uid: "r-1", generation: 4 },
        decision: { reason: "analysis_failed" },
      },
    },
  });

  it("tells a rollback again and again, with ever new ids and times: one failure", () => {
    const events = [1, 2, 3].flatMap((second) => map(kulta("service.rolledback", `k-${second}`, second)).events);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect(events[0]).toMatchObject({
      type: "sync_failed",
      rolloutRef: "shop/web",
      repoName: "web",
      namespace: "shop",
    });
  });

  it("starts, steps and ends a rollout", () => {
    const types = (["service.deployed", "service.upgraded", "service.published"] as const).map((name, index) => {
      const mapped = map(kulta(name, `k-${index}`, index));
      return mapped.events[0]?.type ?? mapped.ignored?.reason ?? mapped.rejected;
    });
    expect(types).toEqual(["sync_started", "kulta_step", "sync_completed"]);
  });
});
