import { expect, it } from "vitest";
import { parseOccurrence } from "../../src/index.js";
import { AT, readOf } from "../support/foreign.js";

it("parseOccurrence reads what KULTA writes about a failed rollout", () => {
  const rollout = {
    name: "web",
    namespace: "shop",
    strategy: "canary",
    replicas: 3,
    current_weight: 20,
    phase: "Failed",
  };
  const written = {
    id: "01J",
    timestamp: "2026-11-25T12:00:00.123456789+00:00",
    source: "kulta",
    type: "canary.rollout.failed",
    severity: "error",
    outcome: "failure",
    context: {
      cluster: "prod",
      namespace: "shop",
      correlation_keys: [
        { type: "deployment", value: "web" },
        { type: "namespace", value: "shop" },
      ],
    },
    error: {
      code: "ROLLOUT_FAILED",
      what_failed: "Rollout web failed during canary deployment",
      why_it_matters: "Service web in namespace shop may be serving degraded traffic",
      possible_causes: ["metrics exceeded threshold: error rate 12%", 7],
      suggested_fix: "Check metrics for web and consider manual rollback",
    },
    history: { duration_ms: 90_500, steps: [] },
    data: { rollout },
    entities: [
      {
        type: "rollout",
        id: "5f0c",
        name: "web",
        version: "812",
        observed_at: "2026-11-25T12:00:00Z",
        namespace: "shop",
        source_of_truth: "k8s-api",
      },
    ],
  };
  expect(readOf(parseOccurrence(JSON.stringify(written)))).toEqual({
    id: "01J",
    timestamp: AT,
    source: "kulta",
    type: "canary.rollout.failed",
    severity: "error",
    outcome: "failure",
    clusterId: "prod",
    namespace: "shop",
    durationUs: 90_500_000,
    entities: [{ type: "rollout", id: "5f0c", name: "web", namespace: "shop" }],
    relationships: [],
    correlationKeys: ["deployment:web", "namespace:shop"],
    error: {
      code: "ROLLOUT_FAILED",
      message: "Rollout web failed during canary deployment",
      whatFailed: "Rollout web failed during canary deployment",
      whyItMatters: "Service web in namespace shop may be serving degraded traffic",
      possibleCauses: ["metrics exceeded threshold: error rate 12%"],
      suggestedFix: "Check metrics for web and consider manual rollback",
    },
    labels: {},
    data: { rollout },
  });
});
