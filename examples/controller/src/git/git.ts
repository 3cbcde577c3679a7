import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError, type CommandResult, runCommand } from "../cli/command.js";
import { AbortedError, GitError } from "../errors.js";
import { gitEnvironment } from "./environment.js";
import { parseRemote, type Remote } from "./remote.js";

/** What a {@link GitClone} needs to know. */
export interface GitCloneOptions {
  /** The remote's address; may hold credentials. */
  readonly url: string;
  /** The remote's default branch when absent. */
  readonly branch?: string | undefined;
  /** Where the clone lives. Made when missing; everything in it belongs to the clone. */
  readonly directory: string;
  /** Milliseconds that one git command may take. */
  readonly timeoutMs: number;
}

/** Where a branch is now. */
export interface Head {
  readonly branch: string;
  /** Full SHA. */
  readonly commit: string;
  /** When the commit was made: milliseconds since the epoch. */
  readonly committedAt: number;
}

/** A file of a commit. */
export interface TreeEntry {
  /** Path inside the repository. */
  readonly path: string;
  readonly objectId: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * A bare clone of one branch. Files are read from git's object store and never checked out: no symbolic link, filter
 * or hook of a hostile repository ever touches the disk.
 */
export class GitClone {
  /** The remote's address without credentials. */
  readonly displayUrl: string;
  readonly #remote: Remote;
  readonly #branch: string | undefined;
  readonly #directory: string;
  readonly #timeoutMs: number;
  /** History is not needed; a remote behind a plain file server gives it nevertheless. */
  #depth: readonly string[] = ["--depth=1"];

  constructor(options: GitCloneOptions) {
    this.#remote = parseRemote(options.url);
    this.displayUrl = this.#remote.displayUrl;
    this.#branch = options.branch;
    this.#directory = options.directory;
    this.#timeoutMs = options.timeoutMs;
  }

  /** Whether there is a clone to fetch into. One that git can't read any more counts as none. */
  async exists(signal: AbortSignal): Promise<boolean> {
    try {
      return (await this.#branchOf(this.#directory, signal)) !== undefined;
    } catch (error) {
      if (error instanceof GitError) return false;
      throw error;
    }
  }

  /** Makes the clone; it appears under its final name only when it is complete. */
  async clone(signal: AbortSignal): Promise<Head> {
    const parent = dirname(this.#directory);
    await mkdir(parent, { recursive: true });
    const unfinished = join(parent, `${UNFINISHED}${randomUUID()}`);
    try {
      const branch = this.#branch === undefined ? [] : [`--branch=${this.#branch}`];
      const options = ["--bare", "--quiet", "--no-local", "--single-branch", "--no-tags", "--template="];
      await this.#transfer(
        (depth) => ["clone", ...options, ...depth, ...branch, "--", this.#remote.url, unfinished],
        signal,
      );
      const head = await this.#head(unfinished, signal);
      await remove(this.#directory);
      await rename(unfinished, this.#directory);
      return head;
    } finally {
      await remove(unfinished);
    }
  }

  /** Brings the clone up to date, also after a force-push. A clone that turns out to be damaged is removed. */
  async fetch(signal: AbortSignal): Promise<Head> {
    const branch = await this.#branchOf(this.#directory, signal);
    const ref = `refs/heads/${branch}`;
    const options = ["--quiet", "--no-tags", "--no-recurse-submodules"];
    try {
      const refspec = `+${ref}:${ref}`;
      const args = (depth: readonly string[]) => ["fetch", ...options, ...depth, "--", this.#remote.url, refspec];
      await this.#transfer(args, signal, this.#directory);
    } catch (error) {
      if (error instanceof GitError && (await this.#isFaultOfClone(ref, signal))) await remove(this.#directory);
      throw error;
    }
    return this.#reading(() => this.#head(this.#directory, signal));
  }

  /** Lists the regular files below `path` (`""` for all): no symbolic links, no submodules. */
  async listFiles(commit: string, path: string, signal: AbortSignal): Promise<TreeEntry[]> {
    const scope = path === "" ? [] : [`${path}/`];
    const args = ["ls-tree", "-r", "-z", "--long", "--full-tree", commit, "--", ...scope];
    const { stdout } = await this.#reading(() => this.#git(args, signal, this.#directory));
    return stdout
      .toString("utf8")
      .split("\0")
      .flatMap((line) => parseTreeEntry(line) ?? []);
  }

  /** Reads the files' contents, in the order of `entries`. */
  async readFiles(entries: readonly TreeEntry[], signal: AbortSignal): Promise<Buffer[]> {
    if (entries.length === 0) return [];
    const input = entries.map(({ objectId }) => `${objectId}\n`).join("");
    return this.#reading(async () => {
      const { stdout } = await this.#git(["cat-file", "--batch"], signal, this.#directory, input);
      return parseBatch(stdout);
    });
  }

  /** What only reads the clone can fail only because of it: remove it, so that the next sync makes a new one. */
  async #reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof GitError && error.errorType !== "git_timeout") await remove(this.#directory);
      throw error;
    }
  }

  /**
   * Whether a fetch failed because of the clone: the remote answers and has the branch. Git's messages differ too much
   * between versions to tell. Where the remote's default branch is gone, a new clone finds out what it is called now.
   */
  async #isFaultOfClone(ref: string, signal: AbortSignal): Promise<boolean> {
    const { exitCode } = await this.#run(["ls-remote", "--quiet", "--exit-code", "--", this.#remote.url, ref], signal);
    const noSuchBranch = 2;
    return exitCode === 0 || (exitCode === noSuchBranch && this.#branch === undefined);
  }

  async #head(directory: string, signal: AbortSignal): Promise<Head> {
    const branch = await this.#branchOf(directory, signal);
    if (branch === undefined) {
      throw new GitError(`HEAD of ${this.displayUrl} is on no branch: name a branch with --branch`);
    }
    const args = ["log", "--max-count=1", "--format=%H %ct", "--end-of-options", `refs/heads/${branch}`, "--"];
    const { exitCode, stdout } = await this.#run(args, signal, directory);
    const [, commit, seconds] = /^([0-9a-f]+) (\d+)$/.exec(stdout.toString("utf8").trim()) ?? [];
    if (exitCode !== 0 || commit === undefined) {
      throw new GitError(`${this.displayUrl} has no commit on branch ${branch}`);
    }
    return { branch, commit, committedAt: Number(seconds) * 1000 };
  }

  /** The branch that a clone follows; `undefined` where there is no clone, or none that git can read. */
  async #branchOf(directory: string, signal: AbortSignal): Promise<string | undefined> {
    // `git clone` set HEAD to the remote's default branch.
    const { exitCode, stdout } = await this.#run(["symbolic-ref", "--quiet", "--short", "HEAD"], signal, directory);
    return exitCode === 0 ? (this.#branch ?? stdout.toString("utf8").trim()) : undefined;
  }

  async #transfer(
    args: (depth: readonly string[]) => readonly string[],
    signal: AbortSignal,
    directory?: string,
  ): Promise<void> {
    try {
      await this.#git(args(this.#depth), signal, directory);
    } catch (error) {
      if (!(error instanceof GitError) || !error.message.includes("does not support shallow")) throw error;
      this.#depth = [];
      await this.#git(args(this.#depth), signal, directory);
    }
  }

  /** As `#run`, and a failure of git is an error. */
  async #git(args: readonly string[], signal: AbortSignal, directory?: string, input?: string): Promise<CommandResult> {
    const result = await this.#run(args, signal, directory, input);
    if (result.exitCode === 0) return result;
    const reason = result.stderr.trim() || `exit code ${result.exitCode}`;
    const failed = `git ${args[0]} of ${this.displayUrl} failed`;
    if (!REFUSED.test(reason)) throw new GitError(`${failed}: ${reason}`);
    const advice = this.#remote.hasCredentials
      ? "the remote rejects the credentials in --repo"
      : "the remote asks for credentials: put them into --repo, or give git a key";
    throw new GitError(`${failed}: ${advice} (${reason})`, "auth");
  }

  async #run(args: readonly string[], signal: AbortSignal, directory?: string, input?: string): Promise<CommandResult> {
    // Without `--git-dir`, git would look for a repository in the directories above a clone that is damaged.
    const gitDirectory = directory === undefined ? [] : [`--git-dir=${directory}`];
    try {
      return await runCommand("git", [...gitDirectory, ...args], {
        env: gitEnvironment(this.#remote.settings),
        input,
        timeoutMs: this.#timeoutMs,
        signal,
      });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // Whoever stops the controller may end git at the same moment, as systemd does.
      if (error.reason === "killed") await delay(KILLED_TOGETHER_MS, undefined, { signal }).catch(() => {});
      if (error.reason === "aborted" || signal.aborted) throw new AbortedError();
      const errorType = error.reason === "timeout" ? "git_timeout" : "git_error";
      throw new GitError(`git ${args[0]} of ${this.displayUrl} failed: ${error.message}`, errorType);
    }
  }
}

const UNFINISHED = ".cloning-";

/** Milliseconds to wait for the controller's own signal after somebody else has ended git. */
const KILLED_TOGETHER_MS = 200;

/** What git and ssh say when the remote doesn't let them in. Git may not ask for a password, and says only that. */
const REFUSED = /could not read (Username|Password)|Authentication failed|error: 40[13]\b|Permission denied \(/;

/** Removes what a controller that was killed in the middle of a clone left in the directory of its clones. */
export async function removeUnfinishedClones(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) if (name.startsWith(UNFINISHED)) await remove(join(directory, name));
}

/** Retries: a git that outlived its controller may still be writing there. */
function remove(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** `<mode> <type> <object> <size>\t<path>` */
function parseTreeEntry(line: string): TreeEntry | undefined {
  const match = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line);
  const [, objectId, size, path] = match ?? [];
  if (objectId === undefined || size === undefined || path === undefined) return undefined;
  return { objectId, size: Number(size), path };
}

/** `<object> blob <size>\n<content>\n`, once for each object. */
function parseBatch(output: Buffer): Buffer[] {
  const contents: Buffer[] = [];
  let offset = 0;
  while (offset < output.length) {
    const headerEnd = output.indexOf("\n", offset);
    const header = output.toString("utf8", offset, headerEnd);
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1];
    if (headerEnd < 0 || size === undefined) throw new GitError(`git cat-file answered: ${header.slice(0, 100)}`);
    const start = headerEnd + 1;
    contents.push(output.subarray(start, start + Number(size)));
    offset = start + Number(size) + 1;
  }
  return contents;
}
