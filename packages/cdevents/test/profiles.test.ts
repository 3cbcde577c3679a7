import { type AluminiEvent, EVENT_TYPES, type EventType } from "@alumiini/core";
import { describe, expect, it } from "vitest";
import { type CdeventsOptions, cdevents } from "../src/index.js";
import { eventOf } from "./support/events.js";
import { SYNC_ID, syncEvents } from "./support/sync.js";

const typesOf = (event: AluminiEvent, options: CdeventsOptions) => cdevents(options)(event).map(({ type }) => type);

/** ADR-004 section 7, line by line; the other nine are custom events. */
const ADR: Readonly<Record<EventType, string>> = {
  sync_started: "dev.cdevents.deployment.started",
  sync_completed: "dev.cdevents.deployment.finished",
  sync_failed: "dev.cdevents.deployment.failed",
  git_fetched: "dev.cdevents.repository.changed",
  git_cloned: "dev.cdeventsx.alumiini-git.cloned.0.1.0",
  apply_started: "dev.cdeventsx.alumiini-apply.started.0.1.0",
  apply_completed: "dev.cdeventsx.alumiini-apply.completed.0.1.0",
  apply_failed: "dev.cdeventsx.alumiini-apply.failed.0.1.0",
  drift_detected: "dev.cdeventsx.alumiini-drift.detected.0.1.0",
  drift_corrected: "dev.cdeventsx.alumiini-drift.corrected.0.1.0",
  worker_started: "dev.cdeventsx.alumiini-worker.started.0.1.0",
  worker_stopped: "dev.cdeventsx.alumiini-worker.stopped.0.1.0",
  webhook_received: "dev.cdeventsx.alumiini-webhook.received.0.1.0",
};

/** The conformant mapping of the least event of each type, in 0.5.1; each is one minor version less in 0.4.1. */
const CONFORMANT: Readonly<Record<EventType, string>> = {
  ...ADR,
  sync_started: "dev.cdevents.pipelinerun.started.0.3.0",
  sync_completed: "dev.cdevents.pipelinerun.finished.0.3.0",
  sync_failed: "dev.cdevents.pipelinerun.finished.0.3.0",
  git_fetched: "dev.cdevents.taskrun.finished.0.3.0",
  git_cloned: "dev.cdevents.taskrun.finished.0.3.0",
  apply_started: "dev.cdevents.taskrun.started.0.3.0",
  apply_completed: "dev.cdevents.taskrun.finished.0.3.0",
  apply_failed: "dev.cdevents.taskrun.finished.0.3.0",
};

describe.each(EVENT_TYPES)("%s", (type) => {
  it("has the type of ADR-004 where that is asked for", () => {
    expect(typesOf(eventOf(type), { profile: "adr-004" })).toEqual([ADR[type]]);
  });

  it("has the released types of 0.5.1 by default", () => {
    expect(typesOf(eventOf(type), {})).toEqual([CONFORMANT[type]]);
  });

  it("has the released types in the conformant profiles", () => {
    expect(typesOf(eventOf(type), { profile: "0.5.1" })).toEqual([CONFORMANT[type]]);
    expect(typesOf(eventOf(type), { profile: "0.4.1" })).toEqual([CONFORMANT[type].replace(".0.3.0", ".0.2.0")]);
  });

  it("has the proposed deployment types for syncs in the draft", () => {
    const predicate = { sync_started: "started", sync_completed: "finished", sync_failed: "finished" }[String(type)];
    const draft = predicate === undefined ? CONFORMANT[type] : `dev.cdevents.deployment.${predicate}.0.1.0`;
    expect(typesOf(eventOf(type), { profile: "deployment-draft" })).toEqual([draft]);
  });
});

describe("a sync that deploys", () => {
  const commits = { repoUrl: "https://github.com/org/my-app", commit: "bbb", previousCommit: "aaa" };
  const deployed = (fields: object, options: CdeventsOptions = {}) =>
    typesOf(eventOf("sync_completed", fields), { profile: "0.5.1", ...options }).slice(1);

  it.each([
    ["the first commit", { ...commits, previousCommit: undefined }, ["dev.cdevents.service.deployed.0.3.0"]],
    ["a new commit", commits, ["dev.cdevents.service.upgraded.0.3.0"]],
    ["the same commit again", { ...commits, previousCommit: "bbb" }, []],
    ["no known commit", { ...commits, commit: undefined }, []],
    ["from no known remote", { ...commits, repoUrl: undefined }, []],
  ])("%s", (_, fields, types) => {
    expect(deployed(fields)).toEqual(types);
  });

  it("says what it deploys and where, as the resolvers say", () => {
    const event = eventOf("sync_completed", commits);
    const contentOf = (options: CdeventsOptions) =>
      Object(cdevents({ profile: "0.5.1", ...options })(event)[1]?.data).subject;
    expect(contentOf({})).toEqual({
      id: "default/my-app",
      content: { environment: { id: "/prod-us-east/default" }, artifactId: "pkg:github/org/my-app@bbb" },
    });
    const environment = { id: "staging", source: "/k8s" };
    expect(
      contentOf({ artifactId: () => "pkg:oci/web@sha256%3A4f2a", environment: () => environment }).content,
    ).toEqual({
      environment,
      artifactId: "pkg:oci/web@sha256%3A4f2a",
    });
    expect(deployed(commits, { artifactId: () => null })).toEqual([]);
    expect(deployed(commits, { artifactId: () => undefined })).toEqual(["dev.cdevents.service.upgraded.0.3.0"]);
  });

  it("leaves the service to KULTA where there is a rolloutRef, and hands over", () => {
    const event = eventOf("sync_completed", { ...commits, rolloutRef: "default/my-app" });
    const second = (profile: NonNullable<CdeventsOptions["profile"]>) => {
      const [first, handOff, ...more] = cdevents({ profile })(event);
      expect(more).toEqual([]);
      const { context, subject } = Object(handOff?.data);
      expect(subject).toMatchObject({ id: "default/my-app", source: "https://kulta.io/controller" });
      expect(context.links).toEqual([{ linkType: "PATH", from: { contextId: first?.id }, tags: {} }]);
      return context.type;
    };
    expect(second("adr-004")).toBe("dev.cdevents.deployment.started");
    expect(second("0.5.1")).toBe("dev.cdevents.pipelinerun.queued.0.3.0");
    expect(second("0.4.1")).toBe("dev.cdevents.pipelinerun.queued.0.2.0");
    expect(second("deployment-draft")).toBe("dev.cdevents.deployment.queued.0.1.0");
  });
});

it.each([
  ["a fetch that moves HEAD", {}, ["dev.cdevents.taskrun.finished.0.3.0", "dev.cdevents.change.merged.0.3.0"]],
  ["a fetch of what was there", { previousCommit: "bbb" }, ["dev.cdevents.taskrun.finished.0.3.0"]],
  ["a fetch that fails", { outcome: "failure" }, ["dev.cdevents.taskrun.finished.0.3.0"]],
])("%s", (_, fields, types) => {
  const event = eventOf("git_fetched", { commit: "bbb", previousCommit: "aaa", ...fields });
  expect(typesOf(event, { profile: "0.5.1" })).toEqual(types);
});

it.each([
  ["parse_error", "failure", "failure"],
  ["apply_error", "failure", "failure"],
  ["conflict", "failure", "failure"],
  ["git_error", "failure", "error"],
  ["git_timeout", "timeout", "error"],
  ["apply_error", "timeout", "error"],
  ["what nobody knows", "failure", "error"],
])("a sync that fails with %s (%s) has the outcome %s", (errorType, outcome, expected) => {
  const event = eventOf("sync_failed", { errorType, outcome, errorMessage: "why" });
  const [cloudEvent] = cdevents({ profile: "0.5.1" })(event);
  expect(Object(cloudEvent?.data).subject.content).toMatchObject({ outcome: expected, errors: `${errorType}: why` });
});

describe.each(["adr-004", "0.5.1", "0.4.1", "deployment-draft"] as const)("one sync in profile %s", (profile) => {
  const sent = (options: CdeventsOptions, end: "success" | "failure") => {
    const encode = cdevents({ profile, ...options });
    return syncEvents(end).flatMap((event) => encode(event).map(({ data }) => Object(data)));
  };

  it("is one chain: each event of it leads back to the webhook, and one is the end", () => {
    for (const end of ["success", "failure"] as const) {
      const [webhook, ...chain] = sent({}, end);
      const known = new Set([webhook.context.id]);
      for (const { context } of chain) {
        expect(context.chainId).toBe(chain[0].context.chainId);
        expect(context.chainId).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
        const [path] = context.links;
        expect(path).toMatchObject({ linkType: "PATH", tags: {} });
        expect(known).toContain(path.from.contextId);
        known.add(context.id);
      }
      const ends = chain.flatMap(({ context }, index) =>
        context.links.some(({ linkType }: { linkType: string }) => linkType === "END") ? [index] : [],
      );
      expect(ends).toEqual([chain.length - 1]);
    }
  });

  it("leaves out an end that no link leads to: the Go SDK refuses it", () => {
    const encode = cdevents({ profile, artifactId: () => null });
    const [completed] = syncEvents("success").slice(-1).flatMap(encode);
    expect(Object(completed?.data).context).toMatchObject({ chainId: expect.any(String), links: undefined });
  });

  it("tells syncs of two repositories apart that have the same id", () => {
    const encode = cdevents({ profile });
    const [, started, ...rest] = syncEvents("success");
    if (started === undefined) throw new Error("the sync has no start");
    const other = { repoName: "other", id: "01JD2V5T8Y3QK7ZC4N6X9WZZZZ" };
    const contexts = [started, { ...started, ...other }, ...rest].map(
      (event) => Object(encode(event)[0]?.data).context,
    );
    expect(contexts[1].chainId).not.toBe(contexts[0].chainId);
    for (const context of contexts.slice(2)) {
      expect(context.chainId).toBe(contexts[0].chainId);
      expect(context.links[0].from.contextId).not.toBe(other.id);
    }
    const [last] = encode({ ...(rest.at(-1) ?? started), repoName: "other" });
    expect(Object(last?.data).context.links[0].from.contextId).toBe(other.id);
  });

  it("has one subject from start to end, of the same source", () => {
    const runs = sent({}, "success").filter(({ subject }) => subject.id === `default/my-app/syncs/${SYNC_ID}`);
    expect(runs).toHaveLength(2);
    expect(new Set(runs.map(({ context }) => context.source))).toEqual(new Set(["alumiini:/clusters/prod-us-east"]));
  });

  it("carries the whole event in its wire form", () => {
    expect(sent({}, "success")[1].customData).toMatchObject({
      alumiini: { type: "sync_started", repo_name: "my-app", attributes: { "alumiini.sync.id": SYNC_ID } },
    });
  });
});

describe("incidents", () => {
  const told = (events: readonly AluminiEvent[], profile: "0.5.1" | "deployment-draft" = "0.5.1") => {
    const encode = cdevents({ profile, incidents: true });
    return events.flatMap((event) =>
      encode(event).flatMap(({ type, data }) => {
        const [, predicate] = /incident\.(\w+)/.exec(type) ?? [];
        return predicate === undefined ? [] : [{ predicate, ...Object(data) }];
      }),
    );
  };
  const numbered = (types: readonly EventType[]) => types.map((type, index) => ({ ...eventOf(type), id: `E${index}` }));

  it("are opened by the first failure and closed by the next success", () => {
    for (const profile of ["0.5.1", "deployment-draft"] as const) {
      const incidents = told(
        numbered(["sync_failed", "sync_failed", "sync_completed", "sync_completed", "sync_failed"]),
        profile,
      );
      expect(incidents.map(({ predicate, subject }) => [predicate, subject.id])).toEqual([
        ["detected", "default/my-app/incidents/E0"],
        ["resolved", "default/my-app/incidents/E0"],
        ["detected", "default/my-app/incidents/E4"],
      ]);
      expect(incidents[0].context.links).toEqual([
        { linkType: "RELATION", linkKind: "TRIGGER", target: { contextId: "E0" }, tags: {} },
      ]);
    }
  });

  it("name an artifact and what they belong to also where little is known, as the Go SDK demands", () => {
    const [incident] = told(numbered(["drift_detected"]));
    expect(incident?.subject.content).toEqual({
      description: "Drift of Deployment/default/web",
      environment: { id: "/prod-us-east/default" },
      service: { id: "default/my-app" },
      artifactId: "pkg:generic/default/my-app",
    });
  });

  it("of drift stand apart from those of syncs, and only a correction that worked closes them", () => {
    const events = numbered(["sync_failed", "drift_detected", "drift_corrected"]);
    const failed = { ...eventOf("drift_corrected", { outcome: "failure" }), id: "F" };
    expect(told([...events.slice(0, 2), failed]).map(({ predicate }) => predicate)).toEqual(["detected", "detected"]);
    expect(told(events).map(({ predicate, subject }) => [predicate, subject.id])).toEqual([
      ["detected", "default/my-app/incidents/E0"],
      ["detected", "default/my-app/incidents/E1"],
      ["resolved", "default/my-app/incidents/E1"],
    ]);
  });

  it("are the same when the events come again, and absent unless asked for", () => {
    const events = numbered(["sync_failed", "sync_completed"]);
    const replayed = events.flatMap((event) => [event, event]);
    expect(told(replayed).map(({ context }) => context.id)).toEqual(
      told(events).flatMap(({ context }) => [context.id, context.id]),
    );
    expect(events.flatMap((event) => [...cdevents({ profile: "0.5.1" })(event)])).toHaveLength(2);
  });
});
