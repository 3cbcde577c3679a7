import { describe, expect, it } from "vitest";
import { tekton } from "../../src/index.js";
import { map, wire } from "../support/map.js";

/* Each case is a public report, or what the source's code does. */

describe("Tekton", () => {
  const run = (status: object) => ({
    pipelineRun: { metadata: { name: "r-1", namespace: "ci", uid: "u", generateName: "build-" }, status },
  });
  const headers = (state: string, id: string, time: string) => ({
    "ce-type": `dev.tekton.event.pipelinerun.${state}.v1`,
    "ce-id": id,
    "ce-time": time,
    "ce-source": "/apis/tekton.dev/v1/namespaces/ci/pipelineruns/r-1",
  });
  const done = { startTime: "2026-01-01T00:00:00Z", completionTime: "2026-01-01T00:00:30Z" };

  it("sends an event again under another id and time (#3617, #3336): the same event", () => {
    const sent = [
      ...wire(map(tekton, run(done), headers("successful", "1", "2026-01-01T00:00:31Z"))),
      ...wire(map(tekton, run(done), headers("successful", "2", "2026-01-01T00:00:33Z"))),
    ];
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[0]).toMatchObject({ type: "sync_completed", repo_name: "build", duration_ms: 30_000 });
  });

  it("does not tell the end before the start by its times, in whatever order it sends (#3282)", () => {
    const started = wire(
      map(tekton, run({ startTime: done.startTime }), headers("started", "9", "2026-01-01T00:01:00Z")),
    );
    const ended = wire(map(tekton, run(done), headers("successful", "1", "2026-01-01T00:00:31Z")));
    expect(String(started[0]?.timestamp) < String(ended[0]?.timestamp)).toBe(true);
    expect(started[0]?.attributes["alumiini.sync.id"]).toBe(ended[0]?.attributes["alumiini.sync.id"]);
  });

  it.each(["running", "unknown"])("sends states that are no event: %s", (state) => {
    expect(map(tekton, run({}), headers(state, "1", "2026-01-01T00:00:00Z")).ignored).toEqual({
      reason: `pipelinerun.${state}`,
    });
  });
});
