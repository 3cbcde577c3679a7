import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactText, redactUrl } from "../../src/index.js";
import { attach } from "../support.js";

const S = "s3cr3t-Value9";
const GITHUB = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
const base = { namespace: "default", trigger: "poll" } as const;

/** What comes in as a repository URL, and what is left of it. */
const urls: readonly (readonly [string, string])[] = [
  ["https://github.com/org/repo.git", "https://github.com/org/repo.git"],
  [`https://user:${S}@github.com/org/repo.git`, "https://github.com/org/repo.git"],
  [`https://${S}@github.com/org/repo.git`, "https://github.com/org/repo.git"],
  [`https://x-access-token:${GITHUB}@github.com/org/repo.git`, "https://github.com/org/repo.git"],
  [`https://oauth2:glpat-${S}12345678@gitlab.com/g/p.git`, "https://gitlab.com/g/p.git"],
  [`https://:${S}@host/r`, "https://host/r"],
  [`https://user:p@${S}@host/r`, "https://host/r"],
  [`https://user:pa/${S}@host/r`, "https://host/r"],
  [`https://user:pa//${S}@host/r`, "https://host/r"],
  [`https://user:${S}%40x@host/r`, "https://host/r"],
  [`https://user:it's${S}@host/r`, "https://host/r"],
  [`https://user:${S.repeat(70)}@host/r`, "https://host/r"],
  [`HTTPS://user:${S}@host/r`, "HTTPS://host/r"],
  [`https:\\\\user:${S}@host\\r`, "https:\\\\host\\r"],
  [`  https://user:${S}@host/r\n`, "https://host/r"],
  [`ht\ttps://us\ner:s3cr3t-\rValue9@host/r`, "https://host/r"],
  ["app\u009b31m\u2028\u202egnp.exe\u2066", "app31mgnp.exe"],
  [`//user:${S}@host/r`, "//host/r"],
  [`git+https://user:${S}@host/r`, "git+https://host/r"],
  [`ssh://user:${S}@host:22/r`, "ssh://host:22/r"],
  ["ssh://git@github.com/org/repo.git", "ssh://git@github.com/org/repo.git"],
  ["git@github.com:org/repo.git", "git@github.com:org/repo.git"],
  [`https://user:${S}@[::1]:8443/r`, "https://[::1]:8443/r"],
  ["https://[::1]:8443/r@v1", "https://[::1]:8443/r@v1"],
  ["https://host:8443/org/repo@v1", "https://host:8443/org/repo@v1"],
  [`https://host/r?access_token=${S}`, "https://host/r"],
  [`https://host/r?access_token=${S}&ref=main`, "https://host/r?ref=main"],
  [`https://host/r?ref=main&ACCESS_TOKEN=${S}`, "https://host/r?ref=main"],
  [`https://host/r?a=1&private_token=${S}&b=2`, "https://host/r?a=1&b=2"],
  [`https://host/r?access%5Ftoken=${S}`, "https://host/r"],
  [`https://host/r?X-Amz-Signature=${S}&X-Amz-Credential=${S}`, "https://host/r"],
  [`https://host/r?sig=${S}&key=${S}`, "https://host/r"],
  [`https://host/r#access_token=${S}`, "https://host/r"],
  [`https://host/r?next=https://user:${S}@other/x`, "https://host/r?next=https://other/x"],
  [`https://host/r?next=https%3A%2F%2Fuser%3A${S}%40other`, "https://host/r?next=https%3A%2F%2Fother"],
  [`https://host/r?next=https%253A%252F%252Fuser%253A${S}%2540other`, "https://host/r?next=https%253A%252F%252Fother"],
  [`https://host/r?next=%3Ftoken%3D${S}`, "https://host/r?next=%3Ftoken%3D[redacted]"],
  [`https://host/r?pwd=${S}&pass=${S}`, "https://host/r"],
  ["https://host/r?p=repo.git", "https://host/r?p=repo.git"],
  ["AKIAIOSFODNN7EXAMPLE", "[redacted]"],
  ["ATBBxyzABCDEFGHIJKLMNOPQRSTUVWX", "[redacted]"],
];

/** Forms that no parser agrees on: only that the secret is gone is promised. */
const odd: readonly string[] = [
  `https:/user:${S}@host/r`,
  `https:user:${S}@host/r`,
  `user:${S}@host:org/repo.git`,
  `https://${GITHUB}/org/repo.git`,
  `https://host/${GITHUB}/repo.git`,
  `file:///r?token=${S}`,
  `https://user:${S}@`,
  `https://u:${S}@h https://u:${S}@h`,
];

const messages: readonly (readonly [string, string])[] = [
  [`fatal: unable to access 'https://u:${S}@h/r/': 403`, "fatal: unable to access 'https://h/r/': 403"],
  [`Authorization: Bearer ${S}`, "Authorization: [redacted]"],
  [`authorization: Basic dXNlcjpwYXNz`, "authorization: [redacted]"],
  [`{"password":"${S}","user":"x"}`, `{"password":"[redacted]","user":"x"}`],
  [`PASSWORD=${S} ./run`, "PASSWORD=[redacted] ./run"],
  [`PRIVATE-TOKEN: ${S}`, "PRIVATE-TOKEN: [redacted]"],
  [`token ${GITHUB} expired`, "token [redacted] expired"],
  [`got bearer ${S}x1 back`, "got [redacted] back"],
  ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_def is stale", "[redacted] is stale"],
  ["-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----, it says", "[redacted], it says"],
  ["-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nabc\n-----END PGP PRIVATE KEY BLOCK-----", "[redacted]"],
  [`Authorization: Negotiate ${S}`, "Authorization: [redacted]"],
  [`Set-Cookie: session=${S}; Path=/`, "Set-Cookie: [redacted]; Path=/"],
  [`Command failed: kubectl --token ${S} apply`, "Command failed: kubectl --token [redacted] apply"],
  [`--password=${S}`, "--password=[redacted]"],
  [`password="a ${S} with \\" in it", user=x`, 'password="[redacted]", user=x'],
  [`{\\"password\\":\\"${S}\\",\\"user\\":\\"x\\"}`, '{\\"password\\":\\"[redacted]\\",\\"user\\":\\"x\\"}'],
  [`"secret" => "${S}"`, '"secret" => "[redacted]"'],
  [`AWS_SECRET_ACCESS_KEY=${S}`, "AWS_SECRET_ACCESS_KEY=[redacted]"],
  [`glagent-${S}0123456789 and dckr_pat_${S}`, "[redacted] and [redacted]"],
  [`ATATT3xFfGF0${S}=1A2B3C4D`, "[redacted]"],
  ["network timeout", "network timeout"],
  ["the key of Deployment/default/web is missing", "the key of Deployment/default/web is missing"],
  ["ask admin@example.com for access", "ask admin@example.com for access"],
  ["repo@v1.2.3: tag not found", "repo@v1.2.3: tag not found"],
  ["unexpected token ':' at line 3", "unexpected token ':' at line 3"],
];

describe("credentials", () => {
  it.each(urls)("in the URL %j leave %j", (url, left) => {
    expect(redactUrl(url)).toBe(left);
  });

  it.each(odd)("in the odd URL %j are gone", (url) => {
    for (const secret of [S, GITHUB]) expect(redactUrl(url)).not.toContain(secret);
  });

  it.each(messages)("in the message %j leave %j", (message, left) => {
    expect(redactText(message)).toBe(left);
  });

  it("reach no field of an event, whichever way they come in", () => {
    const { telemetry, recorder } = attach();
    for (const text of [...urls.map(([url]) => url), ...odd]) {
      const fields = {
        ...base,
        repoName: text,
        branch: text,
        commit: text,
        repoUrl: text,
        repoPath: text,
        workerId: text,
      };
      // In a message, unlike in a name, line breaks separate words.
      const errorMessage = `failed: ${text.replace(/\s/g, "")}`;
      telemetry.emit("worker_stopped", { ...fields, errorType: text, errorMessage });
      telemetry.emit("drift_detected", {
        ...fields,
        resourceKey: text,
        attributes: { "my.url": errorMessage, "my.list": [errorMessage] },
      });
      telemetry.start("git", { ...fields, operation: "fetch" }).fail(new Error(errorMessage));
      telemetry.measure("error", { repoName: text, errorType: text, errorMessage });
    }
    telemetry.emit("sync_started", {
      ...base,
      repoName: "a",
      attributes: { "db.password": S, "api-key": [S], token: S, [`https://u:${S}@h`]: 1, [`a?token=${S}`]: 2 },
    });
    const everything = JSON.stringify([...recorder.events, ...recorder.measurements]);
    expect(recorder.events).toHaveLength((urls.length + odd.length) * 3 + 1);
    // Not `toContain`: a failure would print all of it.
    expect(everything.includes("s3cr3t")).toBe(false);
    expect(everything.includes(GITHUB)).toBe(false);
  });

  it("are removed for good: a second time changes nothing", () => {
    const part = fc.oneof(
      fc.constantFrom(
        "https://",
        "u:p@",
        "@",
        "?",
        "&",
        "token=",
        "password: ",
        "%40",
        "%2f%2f",
        "ssh://git",
        " ",
        "/",
        ":",
        GITHUB,
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const once = redactText(parts.join(""));
        expect(redactText(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  it("are found in bounded time, whatever the text", () => {
    const nasty = [
      "/",
      "//a:b",
      "@",
      "a",
      ":",
      "https:",
      "-----BEGIN PRIVATE KEY-----",
      "token",
      "a=",
      "%2f%2f",
      "eyJ",
      " ",
      "?",
      "//u:p@",
      "\u00e9",
      'key"',
      "x-",
      ",a:",
      "=a:",
      "%252f%252f",
      "password='",
      "token \\",
      "--token ",
      "ATATT3=",
    ];
    for (const piece of nasty) {
      const text = piece.repeat(Math.ceil(16_384 / piece.length));
      const start = process.threadCpuUsage();
      redactText(text);
      // Quadratic patterns take minutes at this length; the bound only has to tell them apart on a slow machine.
      expect(process.threadCpuUsage(start).user / 1000, piece).toBeLessThan(2000);
    }
  });
});
