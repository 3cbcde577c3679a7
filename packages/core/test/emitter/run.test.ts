import { describe, expect, it } from "vitest";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "webhook" } as const;

describe("run", () => {
  it("completes when the function returns, and answers what it returned", async () => {
    const { telemetry, recorder } = attach();
    expect(telemetry.run("sync", base, () => 7)).toBe(7);
    expect(await telemetry.run("sync", base, async (sync) => sync.run("apply", {}, async () => "applied"))).toBe(
      "applied",
    );
    expect(recorder.events.map((event) => event.type)).toEqual([
      "sync_started",
      "sync_completed",
      "sync_started",
      "apply_started",
      "apply_completed",
      "sync_completed",
    ]);
  });

  it("has ended when the awaiting caller goes on", async () => {
    const { telemetry, recorder } = attach();
    await telemetry.run("sync", base, async () => {});
    expect(recorder.ofType("sync_completed")).toHaveLength(1);
    await telemetry.run("sync", base, async () => Promise.reject(new Error("x"))).catch(() => {});
    expect(recorder.ofType("sync_failed")).toHaveLength(1);
  });

  it("fails when the function throws or rejects, with the original error for the caller", async () => {
    const { telemetry, recorder } = attach();
    const error = Object.assign(new Error("conflict"), { status: 409 });
    expect(() =>
      telemetry.run("apply", base, () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(telemetry.run("apply", base, async () => Promise.reject(error))).rejects.toBe(error);
    expect(recorder.ofType("apply_failed").map((event) => event.errorType)).toEqual(["conflict", "conflict"]);
  });

  it("leaves an end to the function", () => {
    const { telemetry, recorder, reports } = attach();
    telemetry.run("sync", base, (sync) => sync.complete({ resourcesApplied: 2 }));
    expect(() =>
      telemetry.run("sync", base, (sync) => {
        sync.fail({ errorType: "parse_error" });
        throw new Error("ended already");
      }),
    ).toThrow("ended already");
    expect(recorder.events.map((event) => event.type)).toEqual([
      "sync_started",
      "sync_completed",
      "sync_started",
      "sync_failed",
    ]);
    expect(recorder.ofType("sync_failed")[0]?.errorType).toBe("parse_error");
    expect(reports).toEqual([]);
  });

  it("calls then of a lazy thenable only once", async () => {
    const { telemetry } = attach();
    let queries = 0;
    // biome-ignore lint/suspicious/noThenProperty: query builders run their query when then is called
    const lazy = { then: (resolve: (value: number) => void) => resolve(++queries) };
    expect(await telemetry.run("sync", base, () => lazy)).toBe(1);
  });

  it("works without subscribers", async () => {
    const { telemetry, reports } = attach();
    expect(await telemetry.run("sync", base, async () => 1)).toBe(1);
    expect(reports).toEqual([]);
  });
});
