import { describe, expect, it } from "vitest";
import { classifyError } from "../../src/index.js";

describe("classifyError", () => {
  const named = (name: string) => Object.assign(new Error("x"), { name });
  const coded = (code: unknown) => Object.assign(new Error("x"), { code });
  it.each([
    ["its own errorType", Object.assign(new Error("x"), { errorType: "quota" }), "sync", undefined, "quota"],
    ["a timeout of git", coded("ETIMEDOUT"), "git", undefined, "git_timeout"],
    ["a timeout of git within a sync", coded("ETIMEDOUT"), "sync", "git", "git_timeout"],
    ["a timeout elsewhere", named("TimeoutError"), "apply", undefined, "timeout"],
    ["a failed step", named("YAMLParseError"), "sync", "apply", "apply_error"],
    ["a parse error", named("YAMLParseError"), "sync", undefined, "parse_error"],
    ["a syntax error", new SyntaxError("x"), "sync", undefined, "parse_error"],
    ["a conflict", coded(409), "apply", undefined, "conflict"],
    ["a validation", Object.assign(new Error("x"), { statusCode: 422 }), "apply", undefined, "validation"],
    ["an authorisation", Object.assign(new Error("x"), { status: 403 }), "apply", undefined, "auth"],
    ["a cause", new Error("x", { cause: coded(401) }), "apply", undefined, "auth"],
    ["anything else", new Error("x"), "drift", undefined, "drift_error"],
    ["no error", "text", "git", undefined, "git_error"],
  ] as const)("knows %s", (_, error, operation, failedChild, expected) => {
    expect(classifyError(error, { operation, failedChild })).toBe(expected);
  });

  it("ends with causes that go in a circle", () => {
    const loop = new Error("x");
    loop.cause = loop;
    expect(classifyError(loop, { operation: "sync" })).toBe("sync_error");
  });
});
