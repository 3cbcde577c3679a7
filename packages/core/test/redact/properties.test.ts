import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTelemetry, LIMITS, parseWire, redactText, redactUrl, toWire } from "../../src/index.js";
import { RULES } from "../../src/redact/rules.js";
import { attach } from "../support.js";
import { HOSTILE_PIECES } from "./hostile.js";
import { leftOf, parseExample } from "./support.js";
import { TABLE } from "./table.js";

const examples = Object.values(TABLE).flatMap((row) => row.examples);
const innocents = Object.values(TABLE).flatMap((row) => row.counterExamples);
const rules = Object.values(RULES);

describe("redaction", () => {
  it("leaves nothing for any other rule to find: a second time changes nothing", () => {
    for (const example of examples) {
      const once = redactText(parseExample(example).text);
      expect(redactText(once), example).toBe(once);
    }
  });

  it("finds a secret whatever kind of secret stands before or after it", () => {
    const separators = fc.constantFrom("\n", " and ", "\n\n", "; then ", " | ");
    fc.assert(
      fc.property(fc.constantFrom(...examples), fc.constantFrom(...examples), separators, (first, second, between) => {
        const { text, secrets } = parseExample(`${first}${between}${second}`);
        const besides = `${first} ${second}`.replaceAll(/‹[^›]*›/g, " ");
        const left = secrets.map((secret) => leftOf(secret, redactText(text), besides));
        expect(left.filter(Boolean), text).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it("finds a secret in the value of another one's name, in quotes, in JSON, and in an environment", () => {
    const frames: readonly ((text: string) => string)[] = [
      (text) => JSON.stringify({ message: text }),
      (text) => JSON.stringify({ body: JSON.stringify({ message: text }) }),
      (text) => `Error: it broke: ${text}`,
      (text) => `level=error msg=${JSON.stringify(text)} repo=x`,
      (text) => `> ${text}`,
    ];
    for (const example of examples) {
      const { text, secrets } = parseExample(example);
      // A line break is no longer one in JSON: what depends on lines is known by its lines only.
      if (/\n/.test(text)) continue;
      for (const frame of frames) {
        const redacted = redactText(frame(text));
        for (const secret of secrets) {
          expect(leftOf(JSON.stringify(secret).slice(1, -1), redacted), frame(text)).toBeUndefined();
        }
      }
    }
  });

  it("harms no innocent text beside a secret", () => {
    fc.assert(
      fc.property(fc.constantFrom(...innocents.filter((text) => !/["'[{(`\\]|kind:|BEGIN/.test(text))), (text) => {
        expect(redactText(`${text}\nghp_abcdefghijklmnopqrstuvwxyz0123456789`)).toBe(`${text}\n[redacted]`);
      }),
    );
  });

  it("is done for good, whatever the text", () => {
    const part = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_PIECES) },
      fc.constantFrom(...examples.map((example) => parseExample(example).text)),
      fc.string(),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const once = redactText(text);
        expect(redactText(once)).toBe(once);
        const url = redactUrl(text);
        expect(redactUrl(url)).toBe(url);
      }),
      {
        numRuns: 3000,
        // Parameters that were left out brought together what then looked like a secret.
        examples: [
          [["a:b@", "?", "user[password]=hunter2-x9&user[name]=x"]],
          [["hooks.slack.com/services/", ";#", "token=a,"]],
          [["token:", "&", "client_secret=hunter2-x9&grant_type=client_credentials"]],
        ],
      },
    );
  });

  it("comes before the cut: no secret that a limit cuts in two is left", () => {
    const { telemetry, recorder } = attach();
    fc.assert(
      fc.property(fc.constantFrom(...examples), fc.integer({ min: 0, max: 60 }), (example, before) => {
        const { text, secrets } = parseExample(example);
        const length = LIMITS.attributeValue - before;
        const value = `${"word ".repeat(LIMITS.attributeValue / 5).slice(0, length - 1)}\n${text}`;
        recorder.clear();
        telemetry.emit("sync_started", { repoName: "a", namespace: "b", trigger: "poll", attributes: { value } });
        const shown = JSON.stringify(recorder.events[0]?.attributes);
        expect(secrets.map((secret) => leftOf(secret, shown)).filter(Boolean), example).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("looks at each character a bounded number of times: eight times the text takes about eight times as long", () => {
    const time = (piece: string, length: number) => {
      const text = piece.repeat(Math.ceil(length / piece.length));
      let best = Number.POSITIVE_INFINITY;
      for (let run = 0; run < 3; run++) {
        const start = process.cpuUsage();
        for (const { hint, find } of rules) {
          if (hint.test(text)) for (const _ of find({ text, open: true }));
        }
        const { user } = process.cpuUsage(start);
        best = Math.min(best, user);
      }
      return best;
    };
    const slow = HOSTILE_PIECES.map((piece) => {
      time(piece, 8192);
      // A pattern that is quadratic takes 64 times as long; below a millisecond nothing can be told.
      return [piece, time(piece, 65_536) / Math.max(1000, time(piece, 8192))] as const;
    }).filter(([, growth]) => growth > 32);
    expect(slow).toEqual([]);
  });
});

describe("the largest event", () => {
  it("is read again as it was emitted", () => {
    fc.assert(
      fc.property(fc.constantFrom(...HOSTILE_PIECES), fc.integer({ min: 1, max: 64 }), (piece, count) => {
        const { telemetry, recorder } = attach();
        telemetry.emit("sync_failed", largest(piece, count) as never);
        const [event] = recorder.events;
        // A name that is nothing but white space is no name.
        if (event === undefined) return;
        expect(parseWire(JSON.stringify(toWire(event)))).toEqual({ ok: true, event });
      }),
      { numRuns: 60 },
    );
  });

  it("takes a bounded time to emit and to parse; the longest is printed", () => {
    const telemetry = createTelemetry({ clusterId: "c", onFailure: () => {} });
    telemetry.subscribe({ name: "none", handle: () => {} });
    const longest = { emit: 0, parse: 0, emitPiece: "", parsePiece: "" };
    for (const piece of HOSTILE_PIECES) {
      const fields = largest(piece, 64);
      let start = process.threadCpuUsage();
      telemetry.emit("sync_failed", fields as never);
      const emit = process.threadCpuUsage(start).user / 1000;
      const document = JSON.stringify({
        id: "x",
        timestamp: "2026-01-01T00:00:00Z",
        type: "sync_failed",
        severity: "error",
        outcome: "failure",
        repo_name: "a",
        namespace: "b",
        cluster_id: "c",
        error_message: fields.errorMessage.slice(0, LIMITS.message),
        attributes: { a: piece.repeat(Math.floor(LIMITS.wireText / 2 / JSON.stringify(piece).length)) },
      });
      start = process.threadCpuUsage();
      parseWire(document);
      const parse = process.threadCpuUsage(start).user / 1000;
      if (emit > longest.emit) Object.assign(longest, { emit, emitPiece: piece });
      if (parse > longest.parse) Object.assign(longest, { parse, parsePiece: piece });
    }
    // biome-ignore lint/suspicious/noConsole: a figure to look at, which decides nothing
    console.info("longest emit and parse, milliseconds of CPU:", JSON.stringify(longest));
    // For what isn't bounded only: seconds, not the milliseconds that are promised.
    expect(longest.emit).toBeLessThan(2000);
    expect(longest.parse).toBeLessThan(2000);
  });
});

/** All fields full of the piece, and beyond their limits. */
function largest(piece: string, count: number) {
  const text = (length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  return {
    repoName: text(5000),
    namespace: text(5000),
    trigger: "poll",
    durationMs: 1,
    commit: text(5000),
    branch: text(5000),
    repoUrl: text(9000),
    repoPath: text(9000),
    previousCommit: text(5000),
    rolloutRef: text(5000),
    syncId: text(5000),
    errorType: text(5000),
    errorMessage: text(50_000),
    attributes: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [index + text(250), Array.from({ length: 64 }, () => text(5000))]),
    ),
    resources: Array.from({ length: count * 20 }, () => ({ kind: text(256), name: text(256), namespace: text(256) })),
  };
}
