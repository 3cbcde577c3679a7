import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ahtiEvent } from "../../src/index.js";
import { anyEvent, eventOf } from "../support/events.js";
import { BASE, FAILED } from "../support/samples.js";

describe("ahtiEvent", () => {
  it("uses the contract's enumerations and its timeout", () => {
    const [{ type, data }] = ahtiEvent()(FAILED);
    expect(type).toBe("ahti.v1.AhtiEvent");
    expect(data).toMatchObject({
      type: "EVENT_TYPE_DEPLOYMENT",
      severity: "SEVERITY_ERROR",
      outcome: "OUTCOME_TIMEOUT",
      durationUs: "30000000",
      error: { code: "git_timeout", details: { what_failed: "Sync of shop/web" } },
      k8s: { resourceType: "Deployment", reason: "SyncFailed", rolloutStatus: "failed" },
    });
  });

  it("tells objects apart whose kind the contract has no type for", () => {
    const resources = ["Ingress", "HTTPRoute"].map((kind) => ({ kind, namespace: "shop", name: "api" }));
    const [{ data }] = ahtiEvent()(eventOf("apply_completed", { ...BASE, durationMs: 1, resources }));
    expect(data.relationships.map(({ target }) => target)).toEqual([
      { type: "ENTITY_TYPE_UNSPECIFIED", id: "ingress/shop/api", clusterId: "prod" },
      { type: "ENTITY_TYPE_UNSPECIFIED", id: "httproute/shop/api", clusterId: "prod" },
    ]);
  });

  it("keeps durations exact that are longer than numbers are", () => {
    const event = eventOf("git_cloned", { ...BASE, durationMs: Number.MAX_SAFE_INTEGER });
    expect(ahtiEvent()(event)[0].data.durationUs).toBe("9007199254740991000");
  });

  it("fills at most one part of `data`", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { network, k8s, process } = ahtiEvent({ pid: 1 })(event)[0].data;
        expect([network, k8s, process].filter((part) => part !== undefined).length).toBeLessThan(2);
      }),
    );
  });
});
