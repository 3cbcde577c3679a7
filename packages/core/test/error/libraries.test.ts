import { execFile, spawn } from "node:child_process";
import fs, { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { AppsV1Api, KubeConfig } from "@kubernetes/client-node";
import axios from "axios";
import git from "isomorphic-git";
import gitHttp from "isomorphic-git/http/node";
import { simpleGit } from "simple-git";
import { Client, request } from "undici";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { describeError, errorDetails } from "../../src/adapter/index.js";
import { messageOf } from "../../src/error/describe-error.js";
import { classifyError, type OperationName } from "../../src/index.js";

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), "alumiini-errors-"));

/** Answers with the status in the path; `/hang` never answers, `/cut` ends the connection. */
const server: Server = createServer((incoming, response) => {
  const [, status = ""] = /\/(\d{3})/.exec(incoming.url ?? "") ?? [];
  if (incoming.url?.includes("hang")) return;
  if (incoming.url?.includes("cut")) {
    incoming.socket.destroy();
    return;
  }
  const reasons: Record<string, string> = { 401: "Unauthorized", 403: "Forbidden", 409: "Conflict", 422: "Invalid" };
  const code = Number(status || 200);
  response.writeHead(code, {
    "content-type": "application/json",
    ...(code === 401 && { "www-authenticate": 'Basic realm="git"' }),
  });
  response.end(
    JSON.stringify({
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      message: `the server said ${code}, password=hunter2-x9`,
      reason: reasons[status] ?? "Unknown",
      code,
    }),
  );
});
let origin = "";
let closedPort = 0;

beforeAll(async () => {
  vi.stubEnv("GIT_TERMINAL_PROMPT", "0");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  origin = `http://127.0.0.1:${port}`;
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const free = other.address();
  closedPort = typeof free === "object" && free !== null ? free.port : 0;
  await new Promise<unknown>((resolve) => other.close(resolve));
});

afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

/** What the call throws or rejects with. */
async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function kubernetes(): AppsV1Api {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "c", server: origin, skipTLSVerify: true }],
    users: [{ name: "u" }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  return config.makeApiClient(AppsV1Api);
}

const client = () => new Client(origin, { headersTimeout: 100 });
const inDirectory = () => simpleGit({ baseDir: directory, timeout: { block: 60_000 } });
const environment = { PATH: process.env["PATH"] ?? "", HOME: directory, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };

interface Case {
  readonly name: string;
  readonly operation: OperationName;
  readonly call: () => unknown;
  readonly type: string;
  /** What the message must say. */
  readonly says: RegExp;
}

const cases: readonly Case[] = [
  {
    name: "fetch of Node, refused",
    operation: "git",
    call: () => fetch(`http://127.0.0.1:${closedPort}`),
    type: "git_error",
    says: /fetch failed: .*ECONNREFUSED/,
  },
  {
    name: "fetch of Node, localhost refused",
    operation: "apply",
    call: () => fetch(`http://localhost:${closedPort}`),
    type: "apply_error",
    says: /ECONNREFUSED/,
  },
  {
    name: "fetch of Node, cut",
    operation: "apply",
    call: () => fetch(`${origin}/cut`),
    type: "apply_error",
    says: /fetch failed: other side closed/,
  },
  {
    name: "fetch of Node, timeout",
    operation: "apply",
    call: () => fetch(`${origin}/hang`, { signal: AbortSignal.timeout(50) }),
    type: "timeout",
    says: /timeout/,
  },
  {
    name: "fetch of Node, aborted",
    operation: "apply",
    call: () => fetch(`${origin}/hang`, { signal: AbortSignal.abort() }),
    type: "cancelled",
    says: /abort/,
  },
  {
    name: "fetch of Node, no URL",
    operation: "apply",
    call: () => fetch("no url"),
    type: "apply_error",
    says: /Invalid URL|parse URL/,
  },
  ...(
    [
      [401, "auth"],
      [403, "auth"],
      [408, "timeout"],
      [409, "conflict"],
      [422, "validation"],
      [429, "rate_limited"],
      [504, "timeout"],
      [500, "apply_error"],
    ] as const
  ).map(
    ([status, type]): Case => ({
      name: `axios, status ${status}`,
      operation: "apply",
      call: () => axios.get(`${origin}/${status}`),
      type,
      says: new RegExp(`${status}.*: the server said ${status}`),
    }),
  ),
  {
    name: "axios, timeout",
    operation: "apply",
    call: () => axios.get(`${origin}/hang`, { timeout: 50 }),
    type: "timeout",
    says: /timeout of 50ms/,
  },
  {
    name: "axios, timeout of git",
    operation: "git",
    call: () => axios.get(`${origin}/hang`, { timeout: 50 }),
    type: "git_timeout",
    says: /timeout/,
  },
  {
    name: "axios, cancelled",
    operation: "apply",
    call: () => axios.get(`${origin}/hang`, { signal: AbortSignal.abort() }),
    type: "cancelled",
    says: /canceled/,
  },
  {
    name: "axios, refused",
    operation: "apply",
    call: () => axios.get(`http://127.0.0.1:${closedPort}`),
    type: "apply_error",
    says: /ECONNREFUSED/,
  },
  {
    name: "undici, headers timeout",
    operation: "apply",
    call: () => client().request({ path: "/hang", method: "GET" }),
    type: "timeout",
    says: /Headers Timeout/,
  },
  {
    name: "undici, aborted",
    operation: "apply",
    call: () => request(`${origin}/hang`, { signal: AbortSignal.abort() }),
    type: "cancelled",
    says: /abort/i,
  },
  {
    name: "undici, refused",
    operation: "apply",
    call: () => request(`http://127.0.0.1:${closedPort}`),
    type: "apply_error",
    says: /ECONNREFUSED/,
  },
  ...(
    [
      [401, "auth"],
      [403, "auth"],
      [409, "conflict"],
      [422, "validation"],
      [429, "rate_limited"],
      [504, "timeout"],
    ] as const
  ).map(
    ([status, type]): Case => ({
      name: `@kubernetes/client-node, status ${status}`,
      operation: "apply",
      call: () => kubernetes().readNamespacedDeployment({ name: String(status), namespace: "d" }),
      type,
      says: new RegExp(`HTTP ${status}|server said ${status}`),
    }),
  ),
  {
    name: "simple-git, no repository",
    operation: "git",
    call: () => inDirectory().clone(join(directory, "none"), join(directory, "a")),
    type: "git_error",
    says: /does not exist|not appear to be a git/,
  },
  {
    name: "simple-git, status 403",
    operation: "git",
    call: () => inDirectory().clone(`${origin}/403/r.git`, join(directory, "b")),
    type: "auth",
    says: /403/,
  },
  {
    name: "simple-git, status 401",
    operation: "git",
    call: () => inDirectory().clone(`${origin}/401/r.git`, join(directory, "c")),
    type: "auth",
    says: /Username|Authentication/i,
  },
  {
    name: "simple-git, timeout",
    operation: "git",
    call: () =>
      simpleGit({ baseDir: directory, timeout: { block: 200 } }).clone(`${origin}/hang/r.git`, join(directory, "d")),
    type: "git_timeout",
    says: /timeout/,
  },
  {
    name: "isomorphic-git, status 401",
    operation: "git",
    call: () =>
      git.clone({
        fs,
        http: gitHttp,
        dir: join(directory, "e"),
        url: `${origin}/401/r.git`,
      }),
    type: "auth",
    says: /401/,
  },
  {
    name: "isomorphic-git, remote information, status 401",
    operation: "git",
    call: () => git.getRemoteInfo2({ http: gitHttp, url: `${origin}/401/r.git` }),
    type: "auth",
    says: /401/,
  },
  {
    name: "isomorphic-git, cancelled",
    operation: "git",
    call: () => git.getRemoteInfo2({ http: gitHttp, url: `${origin}/401/r.git`, onAuth: () => ({ cancel: true }) }),
    type: "cancelled",
    says: /canceled/,
  },
  {
    name: "Node, a file that is not there",
    operation: "sync",
    call: () => readFile(join(directory, "none")),
    type: "sync_error",
    says: /ENOENT/,
  },
  {
    name: "Node, a child killed by its timeout",
    operation: "git",
    call: () => run("sleep", ["60"], { timeout: 50 }),
    type: "git_timeout",
    says: /Command failed.*killed by SIGTERM/s,
  },
  {
    name: "Node, a child that is aborted",
    operation: "git",
    call: () => run("sleep", ["60"], { signal: AbortSignal.abort() }),
    type: "cancelled",
    says: /abort/,
  },
  {
    name: "Node, a child aborted by a timeout",
    operation: "git",
    call: () => run("sleep", ["60"], { signal: AbortSignal.timeout(50) }),
    type: "git_timeout",
    says: /abort.*timeout/s,
  },
  {
    name: "Node, git without a repository",
    operation: "git",
    call: () => run("git", ["-C", directory, "clone", "-q", `${origin}/401/r.git`, "f"], { env: environment }),
    type: "auth",
    says: /could not read Username|Authentication failed/,
  },
  {
    name: "Node, a program that is not there",
    operation: "git",
    call: () => new Promise((_, reject) => spawn(join(directory, "none")).on("error", reject)),
    type: "git_error",
    says: /ENOENT/,
  },
  {
    name: "Node, a socket that is refused",
    operation: "sync",
    call: () => new Promise((_, reject) => connect(closedPort, "127.0.0.1").on("error", reject)),
    type: "sync_error",
    says: /ECONNREFUSED/,
  },
  {
    name: "Node, a pause that is aborted",
    operation: "sync",
    call: () => delay(60_000, undefined, { signal: AbortSignal.abort() }),
    type: "cancelled",
    says: /abort/,
  },
  { name: "Node, no JSON", operation: "sync", call: () => JSON.parse("{"), type: "parse_error", says: /JSON/ },
  {
    name: "Node, an assertion",
    operation: "sync",
    call: async () => (await import("node:assert/strict")).equal(1, 2),
    type: "sync_error",
    says: /strictly equal/,
  },
  { name: "yaml", operation: "sync", call: () => parse("a: [\n b: }"), type: "parse_error", says: /line 2/ },
  {
    name: "all of several promises",
    operation: "sync",
    call: () => Promise.any([fetch(`http://127.0.0.1:${closedPort}`), Promise.reject(new Error("no mirror"))]),
    type: "sync_error",
    says: /All promises were rejected: fetch failed.*ECONNREFUSED.*; no mirror/,
  },
];

describe("a real error of", () => {
  it.each(cases)("$name is $type", async ({ call, operation, type, says }) => {
    const error = await thrownBy(call);
    expect(classifyError(error, { operation }), messageOf(error)).toBe(type);
    expect(messageOf(error)).toMatch(says);
    expect(messageOf(error)).not.toMatch(/\[object|undefined|hunter2/);
    // As seen by the operation around it.
    const rethrown = new Error("sync failed", { cause: error });
    expect(classifyError(rethrown, { operation }), messageOf(error)).toBe(type);
    expect(messageOf(rethrown)).toMatch(says);
    expect(describeError(rethrown)).not.toMatch(/\n|hunter2/);
    expect(errorDetails(rethrown)).toMatchObject({
      type: "Error",
      message: messageOf(rethrown),
      cause: errorDetails(error),
    });
    expect(JSON.stringify(errorDetails(rethrown))).not.toContain("hunter2");
  });
});
