import { describe, expect, it } from "vitest";
import { canonicalAddress, parseRemote } from "../src/git/remote.js";

describe("parseRemote", () => {
  it.each([
    "https://user:s3cr3t@example.com/a/b.git",
    "https://s3cr3t@example.com/a/b.git",
    "HTTPS://user:s3cr3t@example.com/a/b.git",
    "http://user:s3%40cr3t@example.com/a/b.git",
  ])("hands the credentials of %s over in the environment only", (address) => {
    const { url, displayUrl, settings } = parseRemote(address);
    expect(url).toMatch(/^https?:\/\/example\.com\/a\/b\.git$/);
    expect(displayUrl).toBe(url);
    const [name, value = ""] = settings[0] ?? [];
    expect(name).toMatch(/^http\.https?:\/\/example\.com\/\.extraHeader$/);
    const credentials = Buffer.from(value.replace("Authorization: Basic ", ""), "base64").toString();
    expect(credentials).toMatch(/^(user:s3cr3t|s3cr3t:|user:s3@cr3t)$/);
  });

  it.each(["access_token", "private_token", "job_token"])(
    "hands over the %s of a query in the environment only",
    (name) => {
      const remote = parseRemote(`https://example.com/a/b.git?${name}=s3cr3t&x=1`);
      expect(remote.url).toBe("https://example.com/a/b.git");
      expect(remote.displayUrl).toBe(remote.url);
      expect(remote.settings).toEqual([
        [
          "http.https://example.com/.extraHeader",
          `Authorization: Basic ${Buffer.from("oauth2:s3cr3t").toString("base64")}`,
        ],
      ]);
    },
  );

  it("drops a password that ssh has no use for", () => {
    expect(parseRemote("ssh://git:s3cr3t@example.com/a/b.git").url).toBe("ssh://git@example.com/a/b.git");
  });

  it.each(["git@example.com:a/b.git", "/srv/git/a.git", "file:///srv/git/a.git"])("leaves %s as it is", (address) => {
    expect(parseRemote(address)).toMatchObject({ url: address, displayUrl: address, settings: [] });
  });
});

describe("canonicalAddress", () => {
  it.each([
    "https://github.com/Org/App.git",
    "https://github.com/org/app",
    "https://github.com/org/app/",
    "https://user:token@github.com/org/app.git",
    "ssh://git@github.com/org/app.git",
    "ssh://git@github.com:22/org/app.git",
    "git@github.com:org/app.git",
    "git://github.com/org/app.git",
  ])("knows %s for the same repository", (address) => {
    expect(canonicalAddress(address)).toBe("github.com/org/app");
  });

  it("keeps other repositories apart", () => {
    expect(canonicalAddress("https://github.com/org/app2")).not.toBe("github.com/org/app");
    expect(canonicalAddress("https://evil.com/github.com/org/app")).not.toBe("github.com/org/app");
  });
});
