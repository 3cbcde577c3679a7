import type { AluminiEvent } from "@alumiini/core";
import { describe, expect, it } from "vitest";
import { describe as describeEvent, formatDuration, isFailure } from "../src/messages.js";

const identity = {
  id: "01JF7Z3J8Q0000000000000000",
  timestamp: 1_734_350_400_000,
  severity: "info",
  clusterId: "prod-us-east",
  repoName: "my-app",
  namespace: "team-a",
} as const;

const sha = "abc1234def5678900000000000000000000000ff";
const success = { ...identity, outcome: "success" } as const;
const failure = { ...identity, outcome: "failure", errorType: "git_error", errorMessage: "network timeout" } as const;

const sentences: [AluminiEvent, string][] = [
  [{ ...identity, type: "sync_started", outcome: "unknown", trigger: "poll" }, "Sync of my-app started (poll)"],
  [
    { ...success, type: "sync_completed", durationMs: 1500, resourcesApplied: 5, commit: sha, trigger: "webhook" },
    "Sync of my-app completed in 1.5 s: 5 resources applied at abc1234 (webhook)",
  ],
  [
    { ...success, type: "sync_completed", durationMs: 12, resourcesApplied: 1, commit: "v1.2.3", trigger: "manual" },
    "Sync of my-app completed in 12 ms: 1 resource applied at v1.2.3 (manual)",
  ],
  [
    { ...failure, type: "sync_failed", durationMs: 800, trigger: "startup", commit: sha },
    "Sync of my-app failed after 800 ms: git_error: network timeout (startup)",
  ],
  [
    { ...failure, type: "sync_failed", outcome: "timeout", errorType: "git_timeout", durationMs: 60_000 },
    "Sync of my-app timed out after 1 min 0 s: git_timeout: network timeout",
  ],
  [
    {
      ...failure,
      type: "sync_failed",
      outcome: "unknown",
      errorType: "cancelled",
      errorMessage: "SIGTERM",
      durationMs: 60,
    },
    "Sync of my-app cancelled after 60 ms: SIGTERM",
  ],
  [
    { ...success, type: "git_cloned", durationMs: 900, commit: sha },
    "Git clone of my-app completed in 900 ms at abc1234",
  ],
  [
    { ...failure, type: "git_fetched", durationMs: 90 },
    "Git fetch of my-app failed after 90 ms: git_error: network timeout",
  ],
  [{ ...identity, type: "apply_started", outcome: "unknown", commit: sha }, "Apply of my-app started at abc1234"],
  [
    { ...success, type: "apply_completed", durationMs: 20, resourcesApplied: 0 },
    "Apply of my-app completed in 20 ms: 0 resources applied",
  ],
  [
    { ...identity, type: "apply_failed", outcome: "failure", durationMs: 20, errorType: "validation" },
    "Apply of my-app failed after 20 ms: validation",
  ],
  [
    { ...identity, type: "drift_detected", outcome: "unknown", resourceKey: "Deployment/default/web" },
    "Drift of my-app detected: Deployment/default/web",
  ],
  [
    { ...success, type: "drift_corrected", durationMs: 31, resourceKey: "Deployment/default/web" },
    "Drift correction of my-app completed in 31 ms: Deployment/default/web",
  ],
  [
    { ...failure, type: "drift_corrected", resourceKey: "Deployment/default/web" },
    "Drift correction of my-app failed: Deployment/default/web: git_error: network timeout",
  ],
  [{ ...identity, type: "worker_started", outcome: "unknown" }, "Worker of my-app started"],
  [{ ...success, type: "worker_stopped", durationMs: 11_520_000 }, "Worker of my-app stopped after 3 h 12 min"],
  [
    { ...success, type: "webhook_received", provider: "github", trigger: "webhook" },
    "Webhook for my-app received (github)",
  ],
];

describe("the sentence for an event", () => {
  it.each(sentences)("%#: $type", (event, sentence) => {
    expect(describeEvent(event)).toBe(sentence);
  });

  it("stays on one line and within bounds, whatever the error says", () => {
    const long = describeEvent({ ...failure, type: "sync_failed", errorMessage: `${"x".repeat(9000)}\n` });
    expect(long.length).toBeLessThan(300);
    const lines = describeEvent({ ...failure, type: "sync_failed", errorMessage: "first\r\n2025-01-01 forged line" });
    expect(lines).toBe("Sync of my-app failed: git_error: first");
    for (const end of ["\n", "\v", "\f", "\x85", "\u2028", "\u2029"]) {
      const text = describeEvent({ ...failure, type: "sync_failed", errorMessage: `first${end}second` });
      expect(text).toBe("Sync of my-app failed: git_error: first");
    }
  });

  it("has none of the colours and control characters of an error", () => {
    const errorMessage = "\x1b[1;31merror\x1b[0m: \x9b2Jno such\x00 thing\x1b\x07\x7f";
    const sentence = describeEvent({ ...failure, type: "sync_failed", errorMessage });
    expect(sentence).toBe("Sync of my-app failed: git_error: error: no such thing");
  });
});

it("a failed sync or apply is a failure even where its outcome is unknown", () => {
  expect(isFailure({ ...identity, type: "apply_failed", outcome: "unknown" })).toBe(true);
  expect(isFailure({ ...identity, type: "git_fetched", outcome: "unknown" })).toBe(false);
});

it.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1000, "1 s"],
  [59_949, "59.9 s"],
  [59_950, "1 min 0 s"],
  [3_599_499, "59 min 59 s"],
  [3_600_000, "1 h 0 min"],
])("%d milliseconds read %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
