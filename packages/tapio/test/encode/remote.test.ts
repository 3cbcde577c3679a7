import { describe, expect, it } from "vitest";
import { occurrence } from "../../src/index.js";
import { eventOf } from "../support/events.js";

function remoteOf(repoUrl: string, attributes: Record<string, string | number> = {}) {
  const event = eventOf("git_fetched", { repoName: "a", namespace: "b", durationMs: 1, repoUrl, attributes });
  const { dst_host, dst_ip, dst_port } = occurrence()(event)[0].data.data;
  return [dst_host, dst_ip, dst_port];
}

describe("the remote", () => {
  it.each([
    ["https://github.com/org/app.git", "github.com", undefined, 443],
    ["http://git.local:3000/org/app", "git.local", undefined, 3000],
    ["https://github.com", "github.com", undefined, 443],
    ["https://github.com?a=1", "github.com", undefined, 443],
    ["HTTPS://GitHub.com/org/app", "GitHub.com", undefined, 443],
    ["ssh://git@git.example.com:2222/app", "git.example.com", undefined, 2222],
    ["git+ssh://git@git.example.com/app", "git.example.com", undefined, 22],
    ["git@github.com:org/app.git", "github.com", undefined, 22],
    ["github.com:org/app.git", "github.com", undefined, 22],
    ["git://git.example.com/app", "git.example.com", undefined, 9418],
    ["https://10.0.0.7/app", "10.0.0.7", "10.0.0.7", 443],
    ["https://[2001:db8::1]:8443/app", "2001:db8::1", "2001:db8::1", 8443],
    ["oci://registry.example.com/app", "registry.example.com", undefined, undefined],
    ["https://host:99999/app", "host", undefined, undefined],
    ["file:///srv/git/app", undefined, undefined, undefined],
    ["/srv/git/app", undefined, undefined, undefined],
    ["C:\\git\\app", undefined, undefined, undefined],
    ["https:///app", undefined, undefined, undefined],
  ])("of %s", (url, ...expected) => {
    expect(remoteOf(url)).toEqual(expected);
  });

  it("is what the attributes say, where they say something", () => {
    const url = "https://github.com/org/app";
    const peer = { "network.peer.address": "140.82.121.4", "network.peer.port": 8443 };
    expect(remoteOf(url, peer)).toEqual(["github.com", "140.82.121.4", 8443]);
    expect(remoteOf(url, { "server.address": "proxy.local", "server.port": "3128" })).toEqual([
      "proxy.local",
      undefined,
      3128,
    ]);
    expect(remoteOf("/srv/git/app", peer)).toEqual(["140.82.121.4", "140.82.121.4", 8443]);
    expect(remoteOf(url, { "server.port": "none" })).toEqual(["github.com", undefined, 443]);
  });

  it("holds no credentials", () => {
    expect(JSON.stringify(remoteOf("https://user:hunter2secret@git.example.com/app"))).not.toContain("hunter2secret");
  });
});
