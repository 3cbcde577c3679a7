import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bearer, gitlabToken, hmacSha256, standardWebhooks, unverified } from "../src/index.js";
import { sign } from "./support/requests.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("hmacSha256", () => {
  // Go escapes <, > and & this way; JSON.stringify of the parsed body would not.
  const text = '{"message":"a \\u003cb\\u003e \\u0026 c","n":1.0}';
  const verify = hmacSha256({ header: "X-Signature", secrets: ["new-secret", "old-secret"] });
  const given = (signature: string, body = text) =>
    verify({ headers: { "x-signature": signature }, body: bytes(body) });

  it.each(["new-secret", "old-secret"])("takes a delivery that was signed with %s", async (secret) => {
    expect(await given(sign(text, secret))).toBe(true);
    expect(await given(sign(text, secret).toUpperCase().replace("SHA256", "sha256"))).toBe(true);
  });

  it("covers the bytes, not the JSON", async () => {
    expect(await given(sign(text, "new-secret"), JSON.stringify(JSON.parse(text)))).toBe(false);
  });

  it.each([
    ["another secret", sign(text, "other")],
    ["no algorithm", sign(text, "new-secret").slice("sha256=".length)],
    ["a piece", sign(text, "new-secret").slice(0, -2)],
    ["two", `${sign(text, "new-secret")}, ${sign(text, "new-secret")}`],
    ["nothing", ""],
    ["no hexadecimal digits", `sha256=${"zz".repeat(32)}`],
    ["SHA-1", `sha1=${createHmac("sha1", "new-secret").update(text).digest("hex")}`],
  ])("refuses %s", async (_what, signature) => {
    expect(await given(signature)).toBe(false);
  });

  it("finds its header in any case, in all kinds of headers", async () => {
    const signature = sign(text, "new-secret");
    for (const headers of [
      new Headers({ "X-SIGNATURE": signature }),
      { "X-Signature": [signature] },
      new Map([["X-Signature", signature]]),
    ]) {
      expect(await verify({ headers, body: bytes(text) })).toBe(true);
    }
    expect(await verify({ headers: {}, body: bytes(text) })).toBe(false);
  });

  it("needs secrets that are not empty", () => {
    for (const secrets of ["", [], ["a", ""]]) {
      expect(() => hmacSha256({ header: "x-signature", secrets })).toThrow(TypeError);
    }
    expect(() => hmacSha256({ header: "", secrets: "a" })).toThrow(TypeError);
  });
});

describe("tokens", () => {
  const body = bytes("{}");

  it("bearer takes the Authorization header of each secret", async () => {
    const verify = bearer({ secrets: ["one", "two"] });
    const given = (authorization: string) => verify({ headers: { Authorization: authorization }, body });
    expect([await given("Bearer one"), await given("bearer two")]).toEqual([true, true]);
    for (const wrong of ["Bearer on", "Bearer onee", "one", "Basic one", "Bearer ", "Bearer one two", ""]) {
      expect(await given(wrong), wrong).toBe(false);
    }
  });

  it("gitlabToken takes X-Gitlab-Token", async () => {
    const verify = gitlabToken({ secrets: "tökén" });
    expect(await verify({ headers: { "x-gitlab-token": "tökén" }, body })).toBe(true);
    expect(await verify({ headers: { "x-gitlab-token": "token" }, body })).toBe(false);
    expect(await verify({ headers: { "x-gitlab-token": "t".repeat(100_000) }, body })).toBe(false);
    expect(await verify({ headers: {}, body })).toBe(false);
  });

  it("unverified takes everything", async () => {
    expect(await unverified()({ headers: {}, body })).toBe(true);
  });
});

describe("standardWebhooks", () => {
  const key = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const now = 1_772_700_000_000;
  const signed = (id: string, seconds: number, text: string, secret = key) =>
    `v1,${createHmac("sha256", Buffer.from(secret, "base64")).update(`${id}.${seconds}.${text}`).digest("base64")}`;
  const headers = (signature: string, id = "msg_1", seconds = now / 1000) => ({
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signature,
  });
  const verify = standardWebhooks({ secrets: [`whsec_${key}`], now: () => now });

  it("takes what was signed over id, time and body, among signatures of other secrets", async () => {
    const right = signed("msg_1", now / 1000, "{}");
    expect(await verify({ headers: headers(right), body: bytes("{}") })).toBe(true);
    const others = `v1a,xyz v1,${"A".repeat(43)}= ${right}`;
    expect(await verify({ headers: headers(others), body: bytes("{}") })).toBe(true);
    const bare = standardWebhooks({ secrets: key, now: () => now });
    expect(await bare({ headers: headers(right), body: bytes("{}") })).toBe(true);
  });

  it("takes the example of the specification", async () => {
    const example = standardWebhooks({ secrets: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", toleranceMs: Infinity });
    expect(
      await example({
        headers: {
          "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
          "webhook-timestamp": "1614265330",
          "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        body: bytes('{"test": 2432232314}'),
      }),
    ).toBe(true);
  });

  it.each([
    ["another id", headers(signed("msg_1", now / 1000, "{}"), "msg_2")],
    ["another time", headers(signed("msg_1", now / 1000, "{}"), "msg_1", now / 1000 + 1)],
    ["an old time", headers(signed("msg_1", now / 1000 - 301, "{}"), "msg_1", now / 1000 - 301)],
    ["a time that is none", { ...headers(signed("msg_1", now / 1000, "{}")), "webhook-timestamp": "now" }],
    ["no signature", { ...headers(""), "webhook-signature": "" }],
  ])("refuses %s", async (_what, given) => {
    expect(await verify({ headers: given, body: bytes("{}") })).toBe(false);
  });

  it("takes any time where it is told to", async () => {
    const patient = standardWebhooks({ secrets: `whsec_${key}`, toleranceMs: Infinity });
    const old = headers(signed("msg_1", 1000, "{}"), "msg_1", 1000);
    expect(await patient({ headers: old, body: bytes("{}") })).toBe(true);
  });
});
