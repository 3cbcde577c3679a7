import { OptionError } from "@alumiini/core/adapter";
import { subscriberConformance } from "@alumiini/core/testing";
import { describe, expect, it } from "vitest";
import { alumiiniResource, otelSubscriber } from "../src/index.js";
import { vcsAttributes } from "../src/traces/vcs-attributes.js";
import { memorySdk } from "./support.js";

describe("conformance", () => {
  const open = () => {
    const { tracerProvider, meterProvider, loggerProvider } = memorySdk();
    return otelSubscriber({ tracerProvider, meterProvider, loggerProvider });
  };
  for (const { name, run } of subscriberConformance(open)) it(name, run);
});

describe("conformance without providers", () => {
  for (const { name, run } of subscriberConformance(() => otelSubscriber())) it(name, run);
});

describe("the options", () => {
  it.each([
    { maxRepositories: 0 },
    { maxRepositories: 1.5 },
    { maxOpen: Number.POSITIVE_INFINITY },
    { orphanTimeoutMs: 0 },
    { orphanTimeoutMs: Number.NaN },
  ])("are refused when out of range: %o", (options) => {
    expect(() => otelSubscriber(options)).toThrow(OptionError);
  });

  it("are refused when they name no signal", () => {
    expect(() => otelSubscriber({ signals: ["spans" as "traces"] })).toThrow(
      'option "signals" is a list; it must be a list of "traces", "metrics" or "logs"',
    );
  });
});

describe("what a remote's address says", () => {
  it.each([
    ["https://github.com/org/app.git", "https://github.com/org/app", "app", "org", "github"],
    ["https://gitlab.com/group/sub/app", "https://gitlab.com/group/sub/app", "app", "group/sub", "gitlab"],
    ["git@github.com:org/app.git", "https://github.com/org/app", "app", "org", "github"],
    ["ssh://git@bitbucket.org/org/app.git", "https://bitbucket.org/org/app", "app", "org", "bitbucket"],
    ["https://git.example.com:8443/team/app.git/", "https://git.example.com:8443/team/app", "app", "team", undefined],
    ["ssh://git@git.example.com:2222/team/app.git", undefined, "app", "team", undefined],
    ["git@git.example.com:team/app.git", undefined, "app", "team", undefined],
    ["/srv/git/app.git", undefined, "app", undefined, undefined],
    ["C:\\git\\app", undefined, "C:\\git\\app", undefined, undefined],
    ["file:///srv/git/app.git", undefined, "app", undefined, undefined],
    ["", undefined, undefined, undefined, undefined],
  ])("%s", (remote, url, name, owner, provider) => {
    const expected = {
      "vcs.repository.url.full": url,
      "vcs.repository.name": name,
      "vcs.owner.name": owner,
      "vcs.provider.name": provider,
    };
    expect(vcsAttributes(remote)).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it("is forgotten in time", () => {
    for (let count = 0; count < 2500; count++) vcsAttributes(`https://host/org/app-${count}`);
    expect(vcsAttributes("https://host/org/app-1")["vcs.repository.name"]).toBe("app-1");
  });
});

describe("alumiiniResource", () => {
  it("answers the ADR's attributes, as they are found in the environment", () => {
    const env = { POD_NAME: "pod", POD_NAMESPACE: "ns", NODE_NAME: "node", CLUSTER_NAME: "c", POD_UID: "uid" };
    expect(alumiiniResource({ env, serviceVersion: "1.0.0" })).toEqual({
      "service.name": "alumiini",
      "service.version": "1.0.0",
      "service.instance.id": "uid",
      "k8s.cluster.name": "c",
      "k8s.namespace.name": "ns",
      "k8s.pod.name": "pod",
      "k8s.node.name": "node",
    });
  });
});
