import { type AluminiEvent, EVENT_TYPES } from "@alumiini/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ahtiEvent, occurrence } from "../../src/index.js";
import { anyEvent, eventOf } from "../support/events.js";
import { BASE, COMMIT, COMPLETED, FAILED, RESOURCE, TRACE } from "../support/samples.js";

function dataOf(encode: ReturnType<typeof occurrence>, event: AluminiEvent) {
  return encode(event)[0].data;
}

describe("occurrence", () => {
  it("has what TAPIO, POLKU and KULTA each demand", () => {
    const [{ type, data }] = occurrence({ resource: RESOURCE, pid: 12 })(FAILED);
    expect(type).toBe("gitops.sync.failed");
    expect(data).toMatchObject({
      source: "alumiini",
      type: "gitops.sync.failed",
      protocol_version: "1.0",
      severity: "error",
      outcome: "timeout",
      context: { cluster: "prod", node: "node-1", namespace: "shop" },
      error: { code: "git_timeout", message: "fetch timed out", what_failed: "Sync of shop/web" },
      // The event's own pid overrides the option.
      data: { pid: 4711, dst_host: "git.example.com", dst_ip: "10.0.0.7", dst_port: 2222 },
    });
    expect(data.context.entities).toContainEqual({
      kind: "pod",
      type: "pod",
      id: "gitops/controller-7d9",
      name: "controller-7d9",
      namespace: "gitops",
    });
  });

  it("has three segments in its type, whatever the event", () => {
    const types = EVENT_TYPES.map((type) => occurrence()({ ...COMPLETED, type })[0].data.type);
    for (const type of types) expect(type).toMatch(/^gitops\.[a-z]+\.[a-z]+$/);
    expect(new Set(types).size).toBe(EVENT_TYPES.length);
  });

  it("has the same first correlation key for all events of one sync", () => {
    const started = eventOf("sync_started", { ...BASE, syncId: "S1" });
    const failed = eventOf("sync_failed", { ...BASE, ...TRACE, syncId: "S1", durationMs: 1, errorType: "git_error" });
    const keys = [started, failed].map((event) => dataOf(occurrence(), event).context.correlation_keys);
    expect(keys).toEqual([
      ["sync:S1", "deployment:shop/web"],
      ["sync:S1", `trace:${TRACE.traceId}`, "deployment:shop/web"],
    ]);
  });

  it("orders its correlation keys from the most specific one on", () => {
    expect(dataOf(occurrence(), COMPLETED).context.correlation_keys).toEqual([
      "sync:S1",
      `trace:${TRACE.traceId}`,
      `commit:${COMMIT}`,
      "rollout:shop/web",
      "deployment:shop/web",
    ]);
  });

  it("has no message that steers a terminal, and the whole one in the event of ours", () => {
    const failedWith = (errorMessage: string) =>
      eventOf("sync_failed", { ...BASE, durationMs: 1, errorType: "git_error", errorMessage });
    const errorMessage = "\u001b[31mrejected\u001b[0m\r\n\tby \u0007web\u001b[2J\u009b1A\u0000 🚫";
    const { error, data } = dataOf(occurrence(), failedWith(errorMessage));
    expect(error?.message).toBe("rejected\n\tby web 🚫");
    expect(data.alumiini.error_message).toBe(errorMessage);
    const silent = dataOf(occurrence(), failedWith("\u001b[0m"));
    expect(silent.error?.message).toBe("Sync of shop/web failed: git_error");
  });

  it("has an error with code and sentence for every failure, and for nothing else", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { error, outcome } = dataOf(occurrence(), event);
        const hasError = "errorType" in event || "errorMessage" in event;
        expect(error !== undefined).toBe(outcome === "failure" || outcome === "timeout" || hasError);
        for (const text of Object.values(error ?? {})) expect(text).not.toBe("");
      }),
    );
    const bare = eventOf("git_fetched", { ...BASE, durationMs: 1, outcome: "failure" });
    expect(dataOf(occurrence(), bare).error).toEqual({
      code: "git_fetched",
      message: "Git fetch of shop/web failed",
      what_failed: "Git fetch of shop/web",
    });
  });

  it("says of what was cancelled that it was, and not that it failed", () => {
    const cancelled = eventOf("sync_failed", { ...BASE, durationMs: 1, errorType: "cancelled" });
    const { error, outcome, severity } = dataOf(occurrence(), cancelled);
    expect({ message: error?.message, outcome, severity }).toEqual({
      message: "Sync of shop/web was cancelled",
      outcome: "unknown",
      severity: "info",
    });
    expect(ahtiEvent()(cancelled)[0].data.k8s).not.toHaveProperty("rolloutStatus");
  });
});
