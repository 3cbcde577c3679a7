import { describe, expect, it } from "vitest";
import { pinoBridge } from "../src/index.js";
import { failedSync, repository, setUp, workerStarted } from "./support.js";

describe("a hostile event", () => {
  const evil = `"a\\\r\nb\u0000\u001b[31m\u2028\ud800%s${"x".repeat(100_000)}`;

  it("is one line with every key once, at its own level", () => {
    const { lines, telemetry } = setUp({ base: { pid: 1 }, timestamp: true });
    telemetry.emit("sync_failed", {
      ...failedSync,
      repoName: evil,
      namespace: evil,
      commit: evil,
      branch: evil,
      repoUrl: evil,
      syncId: evil,
      errorType: evil,
      errorMessage: evil,
      resources: Array.from({ length: 2000 }, () => ({ kind: evil, namespace: evil, name: evil })),
      attributes: { level: 10, time: 0, msg: "forged", err: "forged", [evil]: evil, ok: evil },
    });
    expect(lines.texts).toHaveLength(1);
    const [text = ""] = lines.texts;
    expect(text.indexOf("\n")).toBe(text.length - 1);
    expect(text.length).toBeLessThan(100_000);
    for (const key of ["level", "time", "msg", "err"]) expect(text.split(`"${key}":`)).toHaveLength(2);
    expect(lines.parsed[0]).toMatchObject({ level: 50, err: { type: expect.stringContaining("xxx") } });
    expect(lines.parsed[0]?.["msg"]).toMatch(/^Sync of .{1,256} failed after 800 ms: .{1,256}: .{1,201} \(poll\)$/);
  });

  it("cannot forge what pino writes, where it is no failure either", () => {
    const { lines, telemetry } = setUp({ timestamp: true }, { errorKey: "error" });
    const forged = { level: 60, time: 0, msg: "forged", error: "forged", constructor: "forged", toString: "forged" };
    const attributes = { ...forged, err: "kept", team: "platform" };
    telemetry.emit("worker_started", { ...repository, attributes });
    expect(lines.parsed[0]).toMatchObject({ level: 30, err: "kept", team: "platform" });
    expect(lines.texts[0]).not.toContain("forged");
    expect(lines.parsed[0]?.["time"]).toBeGreaterThan(0);
  });

  it.each([
    ["%s %d %j %o %%", "%s %d %j %o %%"],
    ['quote " backslash \\ newline \n', 'quote " backslash \\ newline '],
    ["\u2028\u0000\ud800", "\ud800"],
    ["\u001b[2J\u009b31mred", "red"],
    ["x".repeat(256), "x".repeat(256)],
  ])("is one line of valid JSON with the name %j", (repoName, printable) => {
    const { lines, logger } = setUp();
    // Past the emitter, which would clean the name.
    pinoBridge(logger).handle({ ...workerStarted, repoName });
    expect(lines.texts).toHaveLength(1);
    expect(lines.texts[0]?.trimEnd()).not.toContain("\n");
    expect(lines.parsed[0]).toMatchObject({
      msg: `Worker of ${printable} started`,
      "alumiini.repo.name": repoName,
    });
  });
});
