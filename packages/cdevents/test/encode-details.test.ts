import { BoundedMap } from "@alumiini/core/adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commitArtifact, remoteUri, repositoryArtifact, segment, ulidOf, uuidOf } from "../src/encode/identifiers.js";
import { type CdeventsOptions, cdevents } from "../src/index.js";
import { isUriReference } from "../src/spec/formats.js";
import { eventOf } from "./support/events.js";

it.each([
  ["https://github.com/Org/Repo.git", "pkg:github/org/repo@4f2a91c"],
  ["git@github.com:org/repo.git", "pkg:github/org/repo@4f2a91c"],
  ["ssh://git@github.com:22/org/repo", "pkg:github/org/repo@4f2a91c"],
  ["https://bitbucket.org/team/repo/", "pkg:bitbucket/team/repo@4f2a91c"],
  [
    "https://gitlab.com/group/sub/repo.git",
    "pkg:generic/my-app@4f2a91c?vcs_url=git%2Bhttps%3A%2F%2Fgitlab.com%2Fgroup%2Fsub%2Frepo.git%404f2a91c",
  ],
])("the artifact of %s is %s", (repoUrl, purl) => {
  expect(commitArtifact(eventOf("sync_started", { repoUrl, commit: "4f2a91c" }))).toBe(purl);
});

it("without remote or commit no artifact is known; a name for what is deployed is there always", () => {
  expect(commitArtifact(eventOf("sync_started", { repoUrl: "https://github.com/org/repo" }))).toBeUndefined();
  expect(commitArtifact(eventOf("sync_started", { commit: "4f2a91c" }))).toBeUndefined();
  expect(repositoryArtifact(eventOf("sync_started"))).toBe("pkg:generic/default/my-app");
  expect(repositoryArtifact(eventOf("sync_started", { commit: "4f2a91c" }))).toBe("pkg:generic/default/my-app@4f2a91c");
});

describe("a remote as a URI", () => {
  it.each([
    ["https://forge.example/org/my-app.git", "https://forge.example/org/my-app.git"],
    ["git@forge.example:org/my-app.git", "ssh://git@forge.example/org/my-app.git"],
    ["forge.example:/srv/git", "ssh://forge.example/srv/git"],
    ["/srv/git/my-app.git", "/srv/git/my-app.git"],
    ["https://forge.example/a b?c=ä%", "https://forge.example/a%20b?c=%C3%A4%25"],
  ])("%s is %s", (remote, uri) => {
    expect(remoteUri(remote)).toBe(uri);
  });

  it("is one, whatever the remote", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.string()), (remote) => {
        expect(isUriReference(remoteUri(remote))).toBe(true);
        expect(segment(remote)).toMatch(/^[\w.:!'()*~%-]*$/);
        expect(segment(remote)).not.toMatch(/^\.{1,2}$/);
      }),
    );
  });
});

it("ids that follow from a text spread: 20,000 similar ones differ", () => {
  const texts = Array.from({ length: 20_000 }, (_, index) => `01JD2V5T8Y3QK7ZC4N6X9W${index} service`);
  expect(new Set(texts.map(uuidOf)).size).toBe(texts.length);
  expect(new Set(texts.map((text) => ulidOf(1, text))).size).toBe(texts.length);
  // Half a UUID is enough to tell them apart, too: no half is a copy of the other.
  expect(new Set(texts.map((text) => uuidOf(text).slice(0, 13))).size).toBe(texts.length);
  expect(new Set(texts.map((text) => uuidOf(text).slice(19))).size).toBe(texts.length);
});

it("ids that follow from a text begin with the time, as ULIDs do", () => {
  const time = Date.UTC(2024, 11, 16, 12, 30);
  const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const id = ulidOf(time, "x");
  expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  expect([...id.slice(0, 10)].reduce((value, digit) => value * 32 + digits.indexOf(digit), 0)).toBe(time);
});

it("the memory forgets the oldest beyond its bound", () => {
  const memory = new BoundedMap<string, number>(2);
  memory.set("a", 1);
  memory.set("b", 2);
  memory.set("a", 3);
  memory.set("c", 4);
  expect([memory.get("a"), memory.get("b"), memory.get("c")]).toEqual([3, undefined, 4]);
});

it("an encoder holds no more than its bound of ever new syncs", () => {
  const encode = cdevents({ profile: "0.5.1", incidents: true });
  const event = eventOf("sync_started");
  for (let index = 0; index < 30_000; index++) encode({ ...event, syncId: `S${index}` });
  const linked = (syncId: string) => {
    const [cloudEvent] = encode({ ...eventOf("apply_started"), syncId });
    return Object(cloudEvent?.data).context.links !== undefined;
  };
  expect([linked("S0"), linked("S19999"), linked("S20002"), linked("S29999")]).toEqual([false, false, true, true]);
});

describe("options that can't be used", () => {
  it.each([
    [
      { profile: "0.5.0" },
      'cdevents: option "profile" is "0.5.0"; it must be "adr-004", "0.5.1", "0.4.1" or "deployment-draft"',
    ],
    [{ source: "/relative" }, 'cdevents: option "source" is "/relative"; it must be an absolute URI'],
    [{ profil: "0.5.1" }, 'did you mean "profile"?'],
  ])("%j throw at once", (options, message) => {
    // @ts-expect-error: from JavaScript anything may come
    expect(() => cdevents(options)).toThrow(message);
  });

  it.each([
    [{ source: () => "not a uri" }, 'option "source" must return an absolute URI'],
    [{ profile: "0.5.1", runUri: () => "/relative" }, 'option "runUri" must return an absolute URI'],
    [
      { profile: "adr-004", environment: () => ({ id: "" }) },
      'option "environment" must return { id, source? }: a text, and a URI reference',
    ],
  ] as const)("throw when they are used: %#", (options, message) => {
    expect(() => cdevents(options)(eventOf("sync_started"))).toThrow(message);
  });
});

describe("a cancelled sync", () => {
  const cancelled = eventOf("sync_failed", { errorType: "cancelled", outcome: "unknown", severity: "info" });
  const outcomeOf = (options: CdeventsOptions) => cdevents(options)(cancelled).map(({ data }) => data);

  it.each([
    ["0.5.1", "cancel"],
    ["deployment-draft", "cancel"],
    ["adr-004", "cancel"],
    // It has no such outcome.
    ["0.4.1", "error"],
  ] as const)("ends in %s as %s, and opens no incident", (profile, outcome) => {
    const made = outcomeOf({ profile, incidents: true });
    expect(made).toHaveLength(1);
    expect(made).toMatchObject([{ subject: { content: { outcome } } }]);
  });
});

it("the environment is the event's own where it names one", () => {
  const attributes = { "deployment.environment.name": "production" };
  const commits = { commit: "bbb", previousCommit: "aaa", repoUrl: "https://github.com/org/my-app" };
  const made = cdevents()(eventOf("sync_completed", { ...commits, attributes }));
  expect(made.at(-1)?.data).toMatchObject({ subject: { content: { environment: { id: "production" } } } });
});
