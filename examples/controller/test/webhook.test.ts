import type { IncomingHttpHeaders } from "node:http";
import { createTelemetry, type WebhookProvider } from "@alumiini/core";
import { recordEvents } from "@alumiini/core/testing";
import { describe, expect, it } from "vitest";
import { Webhooks } from "../src/http/webhook.js";
import { isAuthentic, sign } from "../src/http/webhook-signature.js";
import type { Repository } from "../src/repository.js";

describe("isAuthentic", () => {
  // The example in GitHub's documentation on validating deliveries.
  const secret = "It's a Secret to Everybody";
  const body = Buffer.from("Hello, World!");
  const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

  it("accepts GitHub's own example", () => {
    expect(isAuthentic("github", { "x-hub-signature-256": signature }, body, secret)).toBe(true);
  });

  it("accepts Bitbucket's own example", () => {
    const headers = {
      "x-hub-signature": "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
    };
    expect(isAuthentic("bitbucket", headers, Buffer.from("Hello World!"), secret)).toBe(true);
  });

  it("accepts GitLab's token", () => {
    expect(isAuthentic("gitlab", { "x-gitlab-token": secret }, body, secret)).toBe(true);
  });

  it.each<[string, WebhookProvider, IncomingHttpHeaders]>([
    ["no header", "github", {}],
    ["the signature of another body", "github", { "x-hub-signature-256": sign("Hello, world!", secret) }],
    ["the signature with another secret", "github", { "x-hub-signature-256": sign(body, "guess") }],
    ["a bare digest", "github", { "x-hub-signature-256": signature.slice("sha256=".length) }],
    ["half a signature", "github", { "x-hub-signature-256": signature.slice(0, 40) }],
    ["the signature in Bitbucket's header", "github", { "x-hub-signature": signature }],
    ["an empty token", "gitlab", { "x-gitlab-token": "" }],
    ["a signature for a token", "gitlab", { "x-gitlab-token": signature }],
    ["SHA-1", "bitbucket", { "x-hub-signature": "sha1=0d5dc2f6b6b4f5d4a0ae3c5b1b6c0b4b8d7f4b4e" }],
  ])("refuses %s", (_case, provider, headers) => {
    expect(isAuthentic(provider, headers, body, secret)).toBe(false);
  });

  it("refuses everything where the secret is empty", () => {
    expect(isAuthentic("github", { "x-hub-signature-256": sign(body, "") }, body, "")).toBe(false);
    expect(isAuthentic("gitlab", { "x-gitlab-token": "" }, body, "")).toBe(false);
  });
});

describe("Webhooks", () => {
  const app = { name: "app", namespace: "team", url: "https://github.com/org/app.git", path: "", branch: "main" };
  const { branch: _branch, ...appOnDefaultBranch } = app;

  function setUp(repositories: readonly Repository[] = [app], defaultBranch?: string) {
    const telemetry = createTelemetry({ clusterId: "test" });
    const recorder = recordEvents();
    telemetry.subscribe(recorder);
    const pushed: string[] = [];
    const secrets = { github: "hub", gitlab: "lab", bitbucket: "bucket" };
    const branchOf = ({ branch }: Repository) => branch ?? defaultBranch;
    const onPush = ({ name }: Repository) => pushed.push(name);
    const webhooks = new Webhooks({ telemetry, repositories, secrets, branchOf, onPush });
    const receive = (provider: WebhookProvider, event: string, payload: unknown) => {
      const body = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
      return webhooks.receive(provider, headersFor(provider, event, body, secrets[provider]), body);
    };
    return { telemetry, recorder, pushed, webhooks, receive };
  }

  const githubPush = { ref: "refs/heads/main", repository: { clone_url: "https://github.com/org/app.git" } };

  it.each<[WebhookProvider, string, unknown]>([
    ["github", "push", githubPush],
    ["github", "push", { ref: "refs/heads/main", repository: { ssh_url: "git@github.com:org/app.git" } }],
    ["gitlab", "Push Hook", { ref: "refs/heads/main", project: { git_ssh_url: "git@github.com:org/app.git" } }],
    [
      "bitbucket",
      "repo:push",
      {
        repository: { links: { html: { href: "https://github.com/org/app" } } },
        push: { changes: [{ new: null }, { new: { name: "main" } }] },
      },
    ],
    [
      "bitbucket",
      "repo:refs_changed",
      {
        repository: { links: { clone: [{ href: "ssh://git@github.com/org/app.git" }] } },
        changes: [{ ref: { displayId: "main" } }],
      },
    ],
  ])("triggers the repository of a %s %s", (provider, event, payload) => {
    const { receive, pushed, recorder } = setUp();
    expect(receive(provider, event, payload).status).toBe(202);
    expect(pushed).toEqual(["app"]);
    expect(recorder.events).toMatchObject([
      { type: "webhook_received", outcome: "success", provider, repoName: "app", namespace: "team" },
    ]);
  });

  it("triggers every repository that follows the branch, and none that follows another", () => {
    const next = { ...app, name: "next", branch: "next" };
    const { receive, pushed } = setUp([app, next, { ...appOnDefaultBranch, name: "default" }]);
    receive("github", "push", githubPush);
    expect(pushed).toEqual(["app", "default"]);
  });

  it("ignores a push to a branch that is not followed, and says why", () => {
    const { receive, pushed, recorder } = setUp([appOnDefaultBranch], "trunk");
    const reason = "the push is to main, and trunk is followed";
    expect(receive("github", "push", githubPush)).toEqual({ status: 200, message: `ignored: app: ${reason}` });
    expect(pushed).toEqual([]);
    expect(recorder.events).toMatchObject([
      { branch: "trunk", outcome: "success", attributes: { "alumiini.webhook.ignored": reason } },
    ]);
  });

  it.each<[string, string, unknown]>([
    ["a push to another branch", "push", { ...githubPush, ref: "refs/heads/other" }],
    ["a tag", "push", { ...githubPush, ref: "refs/tags/main" }],
    ["another event", "issues", githubPush],
    ["a ping of no repository", "ping", { zen: "Keep it logically awesome." }],
  ])("takes %s without triggering anything", (_case, event, payload) => {
    const { receive, pushed, recorder } = setUp();
    expect(receive("github", event, payload)).toMatchObject({
      status: 200,
      message: expect.stringMatching(/^ignored: /),
    });
    expect(pushed).toEqual([]);
    expect(recorder.events).toMatchObject([{ type: "webhook_received", outcome: "success" }]);
  });

  it.each<[string, number, string, unknown]>([
    ["an unknown repository", 404, "unknown_repository", { ...githubPush, repository: { clone_url: "https://x.y/z" } }],
    ["a body that is no JSON", 400, "parse_error", "{"],
    ["a body that is no object", 400, "parse_error", "[]"],
    ["a deep body", 400, "parse_error", `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`],
    ["a push without anything", 404, "unknown_repository", {}],
    ["fields of wrong types", 404, "unknown_repository", { ref: 7, repository: { clone_url: ["x"] } }],
  ])("refuses %s", (_case, status, errorType, payload) => {
    const { receive, pushed, recorder } = setUp();
    expect(receive("github", "push", payload).status).toBe(status);
    expect(pushed).toEqual([]);
    expect(recorder.events).toMatchObject([{ type: "webhook_received", outcome: "failure", errorType }]);
  });

  it("answers 401 to a bad signature and reports it without any of the sender's words", () => {
    const { webhooks, recorder, pushed } = setUp();
    const headers = { "x-github-event": "push", "x-hub-signature-256": sign("{}", "guess") };
    const answer = webhooks.receive("github", headers, Buffer.from(JSON.stringify(githubPush)));
    expect(answer.status).toBe(401);
    expect(pushed).toEqual([]);
    expect(recorder.events).toMatchObject([
      { type: "webhook_received", outcome: "failure", errorType: "auth", repoName: "unknown", provider: "github" },
    ]);
    expect(JSON.stringify(recorder.events)).not.toContain("org/app");
  });

  it("does not listen to a forge without a secret", () => {
    const { telemetry, recorder } = setUp();
    const webhooks = new Webhooks({
      telemetry,
      repositories: [app],
      secrets: {},
      branchOf: () => undefined,
      onPush: () => {},
    });
    expect(webhooks.receive("gitlab", { "x-gitlab-token": "" }, Buffer.from("{}")).status).toBe(404);
    expect(recorder.events).toMatchObject([{ outcome: "failure", errorType: "not_configured" }]);
  });
});

function headersFor(provider: WebhookProvider, event: string, body: Buffer, secret: string): IncomingHttpHeaders {
  switch (provider) {
    case "github":
      return { "x-github-event": event, "x-hub-signature-256": sign(body, secret) };
    case "gitlab":
      return { "x-gitlab-event": event, "x-gitlab-token": secret };
    case "bitbucket":
      return { "x-event-key": event, "x-hub-signature": sign(body, secret) };
  }
}
