import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join, relative } from "node:path";
import { serve } from "@alumiini-internal/test-support/http-target";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCommand } from "../src/cli/command.js";
import { LocalRemote } from "../src/demo/local-remote.js";
import { gitEnvironment } from "../src/git/environment.js";
import { GitClone, removeUnfinishedClones } from "../src/git/git.js";
import { RUNNING, temporaryDirectory } from "./support.js";

const TIMEOUT_MS = 100_000;
const COMMITTER = {
  ...gitEnvironment(),
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.com",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.com",
};

async function setUp(files: Record<string, string> = { "a.txt": "one" }) {
  const directory = await temporaryDirectory();
  const remote = await LocalRemote.create(join(directory, "remote.git"), files, RUNNING);
  const clone = new GitClone({ url: remote.url, directory: join(directory, "clone.git"), timeoutMs: TIMEOUT_MS });
  return { directory, remote, clone };
}

function cloneOf(url: string, directory: string, branch?: string): GitClone {
  return new GitClone({ url, branch, directory: join(directory, "clone.git"), timeoutMs: TIMEOUT_MS });
}

async function contents(clone: GitClone, commit: string, path = ""): Promise<Record<string, string>> {
  const entries = await clone.listFiles(commit, path, RUNNING);
  const files = await clone.readFiles(entries, RUNNING);
  return Object.fromEntries(entries.map((entry, index) => [entry.path, files[index]?.toString() ?? ""]));
}

/** The files of the clone, from the directory. */
async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(join(directory, "clone.git"), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(directory, join(parentPath, name)));
}

/** Serves the listener until the test ends; answers `host:port`. */
async function listen(listener: RequestListener): Promise<string> {
  const target = await serve(listener);
  onTestFinished(target.close);
  return target.address;
}

describe("GitClone", () => {
  it("clones, fetches and reads", async () => {
    const { remote, clone } = await setUp({ "a.txt": "one", "deploy/b.txt": "two\n", "deployment/c.txt": "" });
    expect(await clone.exists(RUNNING)).toBe(false);
    const first = await clone.clone(RUNNING);
    expect(first).toMatchObject({ branch: "main", commit: await remote.head() });
    expect(await clone.exists(RUNNING)).toBe(true);
    expect(await contents(clone, first.commit)).toEqual({
      "a.txt": "one",
      "deploy/b.txt": "two\n",
      "deployment/c.txt": "",
    });
    expect(await contents(clone, first.commit, "deploy")).toEqual({ "deploy/b.txt": "two\n" });

    const commit = await remote.commit("More", { "a.txt": "1", "deploy/b.txt": undefined });
    expect(await clone.fetch(RUNNING)).toMatchObject({ branch: "main", commit });
    expect(await contents(clone, commit)).toEqual({ "a.txt": "1", "deployment/c.txt": "" });
  });

  it("keeps files of any name and content apart", async () => {
    const files = { "sp ace/ü\n.txt": "\n\n", "-f": "blob 3\n", "binary.txt": "a\u0000b" };
    const { clone } = await setUp(files);
    const { commit } = await clone.clone(RUNNING);
    expect(await contents(clone, commit)).toEqual(files);
  });

  it("follows a force-push", async () => {
    const { remote, clone, directory } = await setUp();
    const first = await clone.clone(RUNNING);
    await remote.commit("To be forgotten", { "a.txt": "two" });
    await clone.fetch(RUNNING);
    const other = await LocalRemote.create(join(directory, "other.git"), { "b.txt": "rewritten" }, RUNNING);
    await remote.disconnect();
    await symlink(other.url, remote.url);
    const { commit } = await clone.fetch(RUNNING);
    expect(commit).toBe(await other.head());
    expect(commit).not.toBe(first.commit);
    expect(await contents(clone, commit)).toEqual({ "b.txt": "rewritten" });
  });

  it("takes the remote's default branch, whatever it is called", async () => {
    const { remote, directory } = await setUp();
    const trunk = cloneOf(remote.url, directory);
    await writeFile(join(remote.url, "HEAD"), "ref: refs/heads/release/trunk\n");
    await mkdir(join(remote.url, "refs/heads/release"));
    const commit = await remote.head();
    await writeFile(join(remote.url, "refs/heads/release/trunk"), `${commit}\n`);
    expect(await trunk.clone(RUNNING)).toMatchObject({ branch: "release/trunk", commit });
    expect(await trunk.fetch(RUNNING)).toMatchObject({ branch: "release/trunk", commit });
  });

  it("lists no symbolic links", async () => {
    const directory = await temporaryDirectory();
    const work = join(directory, "work");
    const git = (...args: string[]) =>
      runCommand("git", ["-C", work, ...args], { timeoutMs: TIMEOUT_MS, env: COMMITTER });
    await mkdir(work);
    await git("init", "--quiet", "--initial-branch=main");
    await writeFile(join(work, "a.yaml"), "a");
    await symlink("/etc/passwd", join(work, "evil.yaml"));
    await git("add", ".");
    expect((await git("commit", "--quiet", "-m", "Link")).exitCode).toBe(0);
    const clone = cloneOf(work, directory);
    const { commit } = await clone.clone(RUNNING);
    expect(await contents(clone, commit)).toEqual({ "a.yaml": "a" });
  });

  it("clones from a clone without history", async () => {
    const { remote, clone, directory } = await setUp();
    await remote.commit("Second", { "b.txt": "2" });
    await clone.clone(RUNNING);
    const second = cloneOf(join(directory, "clone.git"), join(directory, "second"));
    expect((await second.clone(RUNNING)).commit).toBe(await remote.head());
    expect((await second.fetch(RUNNING)).commit).toBe(await remote.head());
  });

  it("clones and fetches from a plain file server, which knows nothing of shallow clones", async () => {
    const { remote, directory } = await setUp();
    const publish = () =>
      runCommand("git", [`--git-dir=${remote.url}`, "update-server-info"], { timeoutMs: TIMEOUT_MS });
    const address = await listen(async (request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname;
      const file = await readFile(join(directory, path)).catch(() => undefined);
      response.writeHead(file === undefined ? 404 : 200).end(file);
    });
    const clone = cloneOf(`http://${address}/remote.git`, directory);
    await publish();
    expect(await clone.clone(RUNNING)).toMatchObject({ branch: "main", commit: await remote.head() });
    const commit = await remote.commit("Second", { "b.txt": "2" });
    await publish();
    expect(await clone.fetch(RUNNING)).toMatchObject({ branch: "main", commit });
    expect(await contents(clone, commit)).toEqual({ "a.txt": "one", "b.txt": "2" });
  });

  it.each<[string, (directory: string) => string]>([
    ["a missing directory", (directory) => join(directory, "nowhere.git")],
    ["a port that nobody listens on", () => "http://127.0.0.1:1/a.git"],
    ["a command", () => "ext::sh -c touch% hacked"],
    ["an option", () => "--upload-pack=touch hacked"],
    ["an option for ssh", () => "ssh://-oProxyCommand=touch%20hacked/x"],
    ["an unknown scheme", () => "gopher://localhost/x"],
    ["nothing", () => ""],
  ])("fails to clone from %s, and leaves nothing behind", async (_case, urlIn) => {
    const directory = await temporaryDirectory();
    const clone = cloneOf(urlIn(directory), directory);
    await expect(clone.clone(RUNNING)).rejects.toMatchObject({ name: "GitError", errorType: "git_error" });
    expect(await readdir(directory)).toEqual([]);
    expect(existsSync("hacked")).toBe(false);
  });

  it("takes a branch that looks like an option for a branch", async () => {
    const { remote, directory } = await setUp();
    const clone = cloneOf(remote.url, directory, "--upload-pack=touch hacked");
    await expect(clone.clone(RUNNING)).rejects.toThrow(/Remote branch --upload-pack=touch hacked not found/);
  });

  it("says that a remote has no commits", async () => {
    const { remote, directory } = await setUp();
    await rm(join(remote.url, "refs/heads/main"));
    await expect(cloneOf(remote.url, directory).clone(RUNNING)).rejects.toThrow(/has no commit on branch main/);
    expect(await readdir(directory)).toEqual(["remote.git"]);
  });

  it("fails to fetch while the remote is away, and keeps the clone", async () => {
    const { remote, clone } = await setUp();
    await clone.clone(RUNNING);
    await remote.disconnect();
    await expect(clone.fetch(RUNNING)).rejects.toMatchObject({ errorType: "git_error" });
    expect(await clone.exists(RUNNING)).toBe(true);
    await remote.reconnect();
    expect((await clone.fetch(RUNNING)).commit).toBe(await remote.head());
  });

  it("throws away a clone that a killed git left damaged", async () => {
    const { remote, clone, directory } = await setUp();
    await clone.clone(RUNNING);
    await remote.commit("Second", { "b.txt": "2" });
    await writeFile(join(directory, "clone.git", "shallow.lock"), "");
    await expect(clone.fetch(RUNNING)).rejects.toMatchObject({ errorType: "git_error" });
    expect(await clone.exists(RUNNING)).toBe(false);
    expect((await clone.clone(RUNNING)).commit).toBe(await remote.head());
  });

  it("never takes a repository around a damaged clone for the clone", async () => {
    const { remote, clone, directory } = await setUp();
    await clone.clone(RUNNING);
    await LocalRemote.create(join(directory, ".git"), { "outer.txt": "" }, RUNNING);
    const outer = await readFile(join(directory, ".git/refs/heads/main"), "utf8");
    await rm(join(directory, "clone.git", "objects"), { recursive: true });
    await remote.commit("Second", { "b.txt": "2" });
    await expect(clone.fetch(RUNNING)).rejects.toMatchObject({ name: "GitError" });
    expect(await readFile(join(directory, ".git/refs/heads/main"), "utf8")).toBe(outer);
  });

  it("tells a remote that does not answer from one that fails", async () => {
    const directory = await temporaryDirectory();
    const address = await listen(() => {});
    const clone = new GitClone({
      url: `http://${address}/a.git`,
      directory: join(directory, "c"),
      timeoutMs: 500,
    });
    await expect(clone.clone(RUNNING)).rejects.toMatchObject({ errorType: "git_timeout" });
  });

  it("sends credentials to the server and shows them to nobody", async () => {
    const directory = await temporaryDirectory();
    const seen: (string | undefined)[] = [];
    const address = await listen((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(403).end();
    });
    const clone = cloneOf(`http://user:s3cr3t@${address}/a.git?private_token=t0k3n`, directory);
    const error = await clone.clone(RUNNING).catch((reason: unknown) => reason);
    expect(seen[0]).toBe(`Basic ${Buffer.from("user:s3cr3t").toString("base64")}`);
    expect(String(error)).toContain("403");
    expect(`${error} ${clone.displayUrl}`).not.toMatch(/s3cr3t|t0k3n/);
  });

  it("has no credentials in git's arguments, or those of its helpers", async () => {
    const directory = await temporaryDirectory();
    const seen: string[] = [];
    const address = await listen(async (_request, response) => {
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      for (const pid of pids) seen.push(await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""));
      response.writeHead(404).end();
    });
    const clone = cloneOf(`http://user:s3cr3t@${address}/a.git?private_token=t0k3n`, directory);
    await expect(clone.clone(RUNNING)).rejects.toThrow(/404|not found/);
    const ofGit = seen.filter((line) => line.includes(address));
    expect(ofGit.length).toBeGreaterThan(1);
    expect(ofGit.join("\n")).not.toMatch(/s3cr3t|t0k3n/);
  });

  it.each([
    ["http://user:s3cr3t@", /rejects the credentials/],
    ["http://", /asks for credentials/],
  ])("says so when a remote refuses %s", async (prefix, message) => {
    const directory = await temporaryDirectory();
    const address = await listen((_request, response) => {
      response.writeHead(401, { "www-authenticate": "Basic realm=git" }).end();
    });
    const clone = cloneOf(`${prefix}${address}/a.git`, directory);
    await expect(clone.clone(RUNNING)).rejects.toMatchObject({
      errorType: "auth",
      message: expect.stringMatching(message),
    });
  });

  it("recovers from any file of the clone that was emptied, within two syncs", async () => {
    const { remote, clone, directory } = await setUp({ "a.txt": "one", "b/c.txt": "two" });
    await clone.clone(RUNNING);
    await clone.fetch(RUNNING);
    const files = (await filesIn(directory)).map((file) => file.replace(/pack-[0-9a-f]+/, "pack-*"));
    expect(files).toContain("clone.git/HEAD");
    const sync = async () => {
      const head = await ((await clone.exists(RUNNING)) ? clone.fetch(RUNNING) : clone.clone(RUNNING));
      return [head.commit, await contents(clone, head.commit)];
    };
    for (const file of files) {
      const isThis = new RegExp(`^${file.replace("pack-*", "pack-[0-9a-f]+")}$`);
      const path = (await filesIn(directory)).find((name) => isThis.test(name));
      if (path === undefined) continue;
      await chmod(join(directory, path), 0o600);
      await writeFile(join(directory, path), "");
      const found = await sync().catch(sync);
      expect(found, file).toEqual([await remote.head(), { "a.txt": "one", "b/c.txt": "two" }]);
    }
  });

  it("follows the default branch to its new name", async () => {
    const { remote, clone } = await setUp();
    await clone.clone(RUNNING);
    await rename(join(remote.url, "refs/heads/main"), join(remote.url, "refs/heads/trunk"));
    await writeFile(join(remote.url, "HEAD"), "ref: refs/heads/trunk\n");
    await expect(clone.fetch(RUNNING)).rejects.toMatchObject({ errorType: "git_error" });
    expect(await clone.exists(RUNNING)).toBe(false);
    expect(await clone.clone(RUNNING)).toMatchObject({ branch: "trunk" });
  });

  it("removes what a killed controller has left of a clone", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, ".cloning-1", "objects"), { recursive: true });
    await mkdir(join(directory, "app.git"));
    await removeUnfinishedClones(directory);
    await removeUnfinishedClones(join(directory, "nowhere"));
    expect(await readdir(directory)).toEqual(["app.git"]);
  });

  it("stops when it is told to", async () => {
    const { clone } = await setUp();
    await expect(clone.clone(AbortSignal.abort())).rejects.toMatchObject({ errorType: "cancelled" });
  });
});
