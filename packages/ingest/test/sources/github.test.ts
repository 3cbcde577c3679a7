import { describe, expect, it } from "vitest";
import { github } from "../../src/index.js";
import { CONTEXT } from "../support/fixtures.js";
import { A, B, map, wire } from "../support/map.js";

/* Each case is a public report, or what the source's code does. */

const repository = { id: 7, name: "shop", full_name: "acme/shop", clone_url: "https://github.com/acme/shop.git" };
const ghStatus = (state: string, id = 1) => ({
  deployment_status: { id, state, created_at: "2026-01-01T00:01:00Z", environment: "production" },
  deployment: { id: 3, sha: A, ref: "main", created_at: "2026-01-01T00:00:00Z" },
  repository,
});

const GH_STATUS = { "X-GitHub-Event": "deployment_status" };

describe("GitHub", () => {
  it("sends a status again under another delivery: the same event", () => {
    const sent = ["d-1", "d-2"].flatMap((delivery) =>
      wire(map(github, ghStatus("success"), { ...GH_STATUS, "X-GitHub-Delivery": delivery })),
    );
    expect(sent[1]).toEqual(sent[0]);
  });

  it.each(["inactive", "queued", "pending", "waiting"])(
    "has states that are no event: %s (github/docs #3736)",
    (state) => {
      expect(map(github, ghStatus(state), GH_STATUS)).toEqual({ events: [], ignored: { reason: state } });
    },
  );

  it("tells the commit's time with a push, and its own where it does", () => {
    const push = { ref: "refs/heads/main", before: A, after: B, repository };
    const head_commit = { id: B, timestamp: "2026-01-01T02:00:00+02:00" };
    const [event] = map(github, { ...push, head_commit }, { "x-github-event": "push" }).events;
    expect(event).toMatchObject({ timestamp: Date.UTC(2026, 0, 1), committedAt: Date.UTC(2026, 0, 1) });
    const later = { ...push, head_commit, repository: { ...repository, pushed_at: Date.UTC(2026, 0, 2) / 1000 } };
    const [dated] = map(github, later, { "x-github-event": "push" }).events;
    expect(dated).toMatchObject({ timestamp: Date.UTC(2026, 0, 2), committedAt: Date.UTC(2026, 0, 1) });
  });

  it("deploys a repository to several environments, which the context may name otherwise", () => {
    const environment = () => "prod-eu";
    const [event] = wire(map(github, ghStatus("success"), GH_STATUS, { ...CONTEXT, environment }));
    expect(event?.attributes["deployment.environment.name"]).toBe("prod-eu");
  });

  it("sends no delivery without its event's name", () => {
    expect(map(github, ghStatus("success")).rejected).toEqual({
      path: "",
      message: expect.stringContaining("x-github-event"),
    });
  });
});
