import { describe, expect, it } from "vitest";
import { gitEnvironment } from "../src/git/environment.js";

describe("gitEnvironment", () => {
  it("never asks, and does not follow variables that point elsewhere", () => {
    process.env["GIT_DIR"] = "/elsewhere";
    process.env["GIT_TRACE_CURL"] = "1";
    try {
      const environment = gitEnvironment([["a.b", "c"]]);
      expect(environment).toMatchObject({ GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" });
      expect(environment).not.toHaveProperty("GIT_DIR");
      expect(environment).not.toHaveProperty("GIT_TRACE_CURL");
      const last = Number(environment["GIT_CONFIG_COUNT"]) - 1;
      expect(environment[`GIT_CONFIG_KEY_${last}`]).toBe("a.b");
    } finally {
      delete process.env["GIT_DIR"];
      delete process.env["GIT_TRACE_CURL"];
    }
  });
});
