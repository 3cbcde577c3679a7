import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { argocdManifests, BLIND_SPOTS, fluxManifests, githubHook, gitlabHook } from "../src/index.js";

const url = "https://ingest.example/flux";

describe("fluxManifests", () => {
  it("prints a signed Provider and an Alert of all kinds", () => {
    const text = fluxManifests({ url, secretName: "alumiini-flux", sourceNamespaces: ["flux-system", "shop"] });
    const [provider, alert] = parseAllDocuments(text).map((document) => document.toJS());
    expect(provider).toEqual({
      apiVersion: "notification.toolkit.fluxcd.io/v1beta3",
      kind: "Provider",
      metadata: { name: "alumiini", namespace: "flux-system" },
      spec: { type: "generic-hmac", address: url, secretRef: { name: "alumiini-flux" } },
    });
    expect(alert).toMatchObject({
      kind: "Alert",
      metadata: { namespace: "flux-system" },
      spec: { providerRef: { name: "alumiini" }, eventSeverity: "info" },
    });
    expect(alert.spec.eventSources).toContainEqual({ kind: "HelmRelease", name: "*", namespace: "shop" });
    expect(alert.spec.eventSources).toHaveLength(10);
  });

  it("says which versions are blind to what", () => {
    const text = fluxManifests({ url });
    expect(text).toContain("# What it does not tell:");
    for (const { report } of BLIND_SPOTS.filter(({ system }) => system === "flux"))
      if (report) expect(text).toContain(report);
  });

  it("prints a Provider for NATS", () => {
    const [provider] = parseAllDocuments(fluxManifests({ url: "nats://nats.messaging:4222", subject: "flux.prod" }));
    expect(provider?.toJS().spec).toEqual({
      type: "nats",
      address: "nats://nats.messaging:4222",
      channel: "flux.prod",
    });
  });
});

describe("argocdManifests", () => {
  const { data } = parse(argocdManifests({ url, secretKey: "alumiini-token" }));

  it("prints service, template, trigger and subscription that fit together", () => {
    expect(parse(data["service.webhook.alumiini"])).toEqual({
      url,
      headers: [
        { name: "Authorization", value: "Bearer $alumiini-token" },
        { name: "Content-Type", value: "application/json" },
      ],
    });
    expect(parse(data.subscriptions)).toEqual([{ recipients: ["alumiini"], triggers: ["alumiini"] }]);
    const [trigger] = parse(data["trigger.alumiini"]);
    expect(trigger.send).toEqual(["alumiini"]);
    expect(Object.keys(parse(data["template.alumiini"]).webhook)).toEqual(["alumiini"]);
  });

  it("fires once for each phase of each operation, so that a rollback is told", () => {
    const [trigger] = parse(data["trigger.alumiini"]);
    expect(trigger.oncePer).toContain("startedAt");
    expect(trigger.oncePer).toContain("phase");
    expect(trigger.oncePer).not.toContain("revision");
  });

  it("sends JSON once its actions are filled in", () => {
    const { body } = parse(data["template.alumiini"]).webhook.alumiini;
    const filled = JSON.parse(body.replace(/\{\{toJson [^}]*\}\}/g, '"filled"'));
    expect(filled.app.metadata).toMatchObject({ name: "filled", namespace: "filled", uid: "filled" });
    expect(filled.app.status).toEqual({ operationState: "filled" });
    expect(filled.app.spec).toBe("filled");
  });
});

describe("hooks", () => {
  it("are printed with the name of the secret, for people and for the API", () => {
    const { text, api, blindSpots } = githubHook({ url, secretName: "ALUMIINI_GITHUB_SECRET" });
    expect(text).toContain(`Payload URL: ${url}`);
    expect(text).toContain("ALUMIINI_GITHUB_SECRET");
    expect(api).toMatchObject({ events: ["push", "deployment_status"], config: { url, content_type: "json" } });
    expect(blindSpots.length).toBeGreaterThan(0);
    expect(gitlabHook({ url, secretName: "x" }).api).toEqual({
      url,
      push_events: true,
      deployment_events: true,
      enable_ssl_verification: true,
    });
  });
});

describe("all of them", () => {
  const all = [
    (given: string) => fluxManifests({ url: given }),
    (given: string) => argocdManifests({ url: given, secretKey: "k" }),
    (given: string) => githubHook({ url: given, secretName: "s" }),
    (given: string) => gitlabHook({ url: given, secretName: "s" }),
  ];

  it.each(["", "flux", "ftp://x", "https://user:hunter2@x/", "javascript:alert(1)", "nats://user:hunter2@x"])(
    "refuse the URL %s without showing it",
    (given) => {
      for (const print of all) {
        expect(() => print(given)).toThrow(TypeError);
        expect(() => print(given)).not.toThrow(/hunter2/);
      }
    },
  );

  it("let nothing break out of its place", () => {
    expect(() => fluxManifests({ url, name: "a\nb" })).toThrow(TypeError);
    expect(() => fluxManifests({ url, secretName: "a: b" })).toThrow(TypeError);
    expect(() => argocdManifests({ url, secretKey: "$x }}" })).toThrow(TypeError);
    const [provider] = parseAllDocuments(fluxManifests({ url: "https://x/?a=%22&b=: #c" }));
    expect(provider?.toJS().spec.address).toBe("https://x/?a=%22&b=:%20#c");
  });
});
