import { describe, expect, it } from "vitest";
import { readServers } from "../src/connect.js";

describe("readServers", () => {
  it("takes one, several, or a list in one text, with or without a scheme", () => {
    expect(readServers("host:4222").servers).toEqual(["nats://host:4222"]);
    expect(readServers("nats://a, tls://b:1").servers).toEqual(["nats://a", "tls://b:1"]);
    expect(readServers(["a:1", "[::1]:2"]).servers).toEqual(["nats://a:1", "nats://[::1]:2"]);
    expect(readServers("wss://me:s3cret@a/nats").servers).toEqual(["wss://a/nats"]);
  });

  it("takes user and password, or a token, out of the URLs", () => {
    expect(readServers("nats://me:p%40ss@host:1")).toEqual({
      servers: ["nats://host:1"],
      credentials: { user: "me", pass: "p@ss" },
    });
    expect(readServers(["nats://s3cret@a:1", "nats://s3cret@b:1"])).toEqual({
      servers: ["nats://a:1", "nats://b:1"],
      credentials: { token: "s3cret" },
    });
  });

  it.each([
    ["nothing", []],
    ["what is no URL", "nats://me:s3cret@:::"],
    ["an empty host", "nats://me:s3cret@"],
    ["different credentials", ["nats://me:s3cret@a", "nats://me:other@b"]],
  ])("refuses %s without showing a password", (_, servers) => {
    expect(() => readServers(servers)).toThrow(TypeError);
    expect(() => readServers(servers)).not.toThrow(/s3cret/);
  });
});
