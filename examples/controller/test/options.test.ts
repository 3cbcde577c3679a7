import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../src/cli/options.js";
import { UsageError } from "../src/cli/usage-error.js";
import { parseDemoOptions } from "../src/demo/options.js";

const url = "https://example.com/org/My_App.git";

describe("parseCommandLine", () => {
  it("needs a repository only", () => {
    expect(parseCommandLine(["--repo", url], {})).toEqual({
      repositories: [{ name: "my-app", namespace: "alumiini-system", url, branch: undefined, path: "" }],
      intervals: { pollMs: 60_000, reconcileMs: 300_000 },
      target: resolve(".alumiini/cluster"),
      dataDirectory: resolve(".alumiini/data"),
      host: "127.0.0.1",
      port: 8080,
      pretty: false,
      webhookSecrets: {},
      syncToken: undefined,
    });
  });

  it("takes branch, path and name for the repository before them", () => {
    const args = ["--repo", url, "--path", "./deploy//prod/", "--repo", url, "--branch", "feature/x", "--name", "b"];
    expect(parseCommandLine(["--", ...args, "--repo=git@example.com:org/my_app"], {})).toMatchObject({
      repositories: [
        { name: "my-app", path: "deploy/prod", branch: undefined },
        { name: "b", path: "", branch: "feature/x" },
        { name: "my-app-2", url: "git@example.com:org/my_app" },
      ],
    });
  });

  it("takes secrets from the environment", () => {
    const env = { ALUMIINI_GITHUB_SECRET: "g", ALUMIINI_GITLAB_SECRET: "", ALUMIINI_SYNC_TOKEN: "t" };
    expect(parseCommandLine(["--repo", url, "--host", "0.0.0.0"], env)).toMatchObject({
      webhookSecrets: { github: "g" },
      syncToken: "t",
      host: "0.0.0.0",
    });
  });

  it("makes local paths absolute", () => {
    expect(parseCommandLine(["--repo", "."], {})).toMatchObject({ repositories: [{ url: resolve(".") }] });
  });

  it("answers a question for help before anything else", () => {
    expect(parseCommandLine(["--help", "--port", "x"], {})).toBe("help");
  });

  it.each([
    ["no repository", [], /--repo <url>/],
    ["an unknown option", ["--frob"], /--frob.*--help/],
    ["a branch without a repository", ["--branch", "main", "--repo", url], /--branch.*after its --repo/],
    ["two branches", ["--repo", url, "--branch", "a", "--branch", "b"], /--branch is given twice/],
    ["a branch that is an option", ["--repo", url, "--branch=--upload-pack=x"], /--branch/],
    ["a branch with a range", ["--repo", url, "--branch", "a..b"], /--branch/],
    ["a branch that is a refspec", ["--repo", url, "--branch", "a:b"], /--branch/],
    ["a branch with a line break", ["--repo", url, "--branch", "a\nb"], /--branch/],
    ["a repository that is an option", ["--repo=--upload-pack=x"], /--repo/],
    ["a repository that is no URL", ["--repo", "https://"], /--repo/],
    ["a path that leads outside", ["--repo", url, "--path", "../x"], /--path/],
    ["a name that is a path", ["--repo", url, "--name", "../x"], /--name/],
    ["two repositories of one name", ["--repo", url, "--repo", url, "--name", "my-app"], /--name/],
    ["an interval without a number", ["--repo", url, "--poll-interval", "soon"], /--poll-interval.*30s/],
    ["an interval of nothing", ["--repo", url, "--reconcile-interval", "0"], /--reconcile-interval/],
    ["a port that is none", ["--repo", url, "--port", "65536"], /--port/],
    ["a public address without a token", ["--repo", url, "--host", "0.0.0.0"], /ALUMIINI_SYNC_TOKEN/],
  ])("says what is wrong with %s", (_case, args, message) => {
    expect(() => parseCommandLine(args, {})).toThrow(UsageError);
    expect(() => parseCommandLine(args, {})).toThrow(message);
  });

  it("never repeats an address, which may hold credentials", () => {
    expect(() => parseCommandLine(["--repo", "https://user:s3cr3t@:x"], {})).toThrow(/^(?!.*s3cr3t)/);
  });
});

describe("parseDemoOptions", () => {
  it("runs the sample and goes on serving, unless told otherwise", () => {
    expect(parseDemoOptions([])).toEqual({ repositories: [], once: false, port: 0, json: false });
    expect(parseDemoOptions(["--", "--once", "--repo", url, "--path", "k8s"])).toMatchObject({
      repositories: [{ name: "my-app", path: "k8s", url }],
      once: true,
    });
  });

  it("explains itself", () => {
    expect(parseDemoOptions(["-h"])).toBe("help");
    expect(() => parseDemoOptions(["--frob"])).toThrow(UsageError);
  });
});
