import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runCommand } from "../cli/command.js";
import { GitError } from "../errors.js";
import { gitEnvironment } from "../git/environment.js";
import { GitClone } from "../git/git.js";
import type { Repository } from "../repository.js";

/** New contents by path; `undefined` deletes the file. */
export type Changes = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 300_000;
const IDENTITY = {
  GIT_AUTHOR_NAME: "Demo",
  GIT_AUTHOR_EMAIL: "demo@example.com",
  GIT_COMMITTER_NAME: "Demo",
  GIT_COMMITTER_EMAIL: "demo@example.com",
};

/**
 * A bare repository on this machine that is the remote: the demo can commit to it and make it unreachable. Commits
 * are written straight into it, so that nothing of a mirrored repository is ever checked out.
 */
export class LocalRemote {
  /** What the controller is given as the repository's URL. */
  readonly url: string;
  readonly branch: string;
  readonly #signal: AbortSignal;

  private constructor(url: string, branch: string, signal: AbortSignal) {
    this.url = url;
    this.branch = branch;
    this.#signal = signal;
  }

  /** Makes a remote with one commit. */
  static async create(directory: string, files: Changes, signal: AbortSignal): Promise<LocalRemote> {
    await mkdir(directory, { recursive: true });
    const remote = new LocalRemote(directory, "main", signal);
    await remote.#git(["init", "--bare", "--quiet", "--template=", "--initial-branch=main"]);
    await remote.commit("Deploy the shop", files);
    return remote;
  }

  /** Makes a remote with the content of another one, which is only read. */
  static async mirror({ url, branch }: Repository, directory: string, signal: AbortSignal): Promise<LocalRemote> {
    const clone = new GitClone({ url, branch, directory, timeoutMs: TIMEOUT_MS });
    const head = await clone.clone(signal);
    return new LocalRemote(directory, head.branch, signal);
  }

  /** The newest commit. */
  head(): Promise<string> {
    return this.#git(["rev-parse", "--verify", `refs/heads/${this.branch}`]);
  }

  /** Adds a commit; returns its SHA. */
  async commit(message: string, changes: Changes): Promise<string> {
    const index = { GIT_INDEX_FILE: join(this.url, "demo-index") };
    const parent = await this.head().catch(() => undefined);
    await this.#git(parent === undefined ? ["read-tree", "--empty"] : ["read-tree", parent], index);
    let entries = "";
    for (const [path, content] of Object.entries(changes)) {
      if (content === undefined) entries += `0 ${"0".repeat(40)}\t${path}\0`;
      else entries += `100644 ${await this.#git(["hash-object", "-w", "--stdin"], {}, content)}\t${path}\0`;
    }
    await this.#git(["update-index", "-z", "--index-info"], index, entries);
    const tree = await this.#git(["write-tree"], index);
    const parents = parent === undefined ? [] : ["-p", parent];
    const commit = await this.#git(["commit-tree", ...parents, "-m", message, tree], IDENTITY);
    await this.#git(["update-ref", `refs/heads/${this.branch}`, commit]);
    return commit;
  }

  /** Makes the remote unreachable. */
  async disconnect(): Promise<void> {
    await rename(this.url, this.#hidden);
  }

  async reconnect(): Promise<void> {
    await rename(this.#hidden, this.url);
  }

  get #hidden(): string {
    return join(dirname(this.url), `unreachable-${this.branch.replaceAll("/", "-")}-${this.url.split("/").at(-1)}`);
  }

  async #git(args: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await runCommand("git", [`--git-dir=${this.url}`, ...args], {
      env: { ...gitEnvironment(), ...env },
      input,
      timeoutMs: TIMEOUT_MS,
      signal: this.#signal,
    });
    if (exitCode !== 0) throw new GitError(`git ${args[0]} in the demo's remote failed: ${stderr.trim()}`);
    return stdout.toString("utf8").trim();
  }
}
