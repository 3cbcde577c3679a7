import { randomUUID } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CommandError, type CommandResult, runCommand } from "../cli/command.js";
import { AbortedError, GitError } from "../errors.js";
import { type GitSetting, parseRemote, type Remote } from "./remote.js";

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

  /** Whether there is a clone to fetch into. */
  async exists(): Promise<boolean> {
    return access(join(this.#directory, "HEAD")).then(
      () => true,
      () => false,
    );
  }

  /** Makes the clone; it appears under its final name only when it is complete. */
  async clone(signal: AbortSignal): Promise<Head> {
    const parent = dirname(this.#directory);
    await mkdir(parent, { recursive: true });
    const unfinished = join(parent, `.cloning-${randomUUID()}`);
    try {
      const branch = this.#branch === undefined ? [] : [`--branch=${this.#branch}`];
      const options = ["--bare", "--quiet", "--no-local", "--single-branch", "--no-tags", "--template="];
      await this.#transfer(
        (depth) => ["clone", ...options, ...depth, ...branch, "--", this.#remote.url, unfinished],
        signal,
      );
      const head = await this.#head(unfinished, signal);
      await rm(this.#directory, { recursive: true, force: true });
      await rename(unfinished, this.#directory);
      return head;
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }

  /** Brings the clone up to date, also after a force-push. */
  async fetch(signal: AbortSignal): Promise<Head> {
    const branch = await this.#currentBranch(this.#directory, signal);
    const ref = `refs/heads/${branch}`;
    const options = ["--quiet", "--no-tags", "--no-recurse-submodules"];
    try {
      const refspec = `+${ref}:${ref}`;
      const args = (depth: readonly string[]) => ["fetch", ...options, ...depth, "--", this.#remote.url, refspec];
      await this.#transfer(args, signal, this.#directory);
      return await this.#head(this.#directory, signal);
    } catch (error) {
      // A git that was killed leaves locks and half-written objects behind. The next sync starts from a fresh clone.
      if (error instanceof GitError && isDamage(error.message)) await rm(this.#directory, { recursive: true });
      throw error;
    }
  }

  /** Lists the regular files below `path` (`""` for all): no symbolic links, no submodules. */
  async listFiles(commit: string, path: string, signal: AbortSignal): Promise<TreeEntry[]> {
    const scope = path === "" ? [] : [`${path}/`];
    const args = ["ls-tree", "-r", "-z", "--long", "--full-tree", commit, "--", ...scope];
    const { stdout } = await this.#git(args, signal, this.#directory);
    return stdout
      .toString("utf8")
      .split("\0")
      .flatMap((line) => parseTreeEntry(line) ?? []);
  }

  /** Reads the files' contents, in the order of `entries`. */
  async readFiles(entries: readonly TreeEntry[], signal: AbortSignal): Promise<Buffer[]> {
    if (entries.length === 0) return [];
    const input = entries.map(({ objectId }) => `${objectId}\n`).join("");
    const { stdout } = await this.#git(["cat-file", "--batch"], signal, this.#directory, input);
    return parseBatch(stdout);
  }

  async #head(directory: string, signal: AbortSignal): Promise<Head> {
    const branch = await this.#currentBranch(directory, signal);
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `refs/heads/${branch}^{commit}`];
    const { exitCode, stdout } = await this.#run(args, signal, directory);
    if (exitCode !== 0) throw new GitError(`${this.displayUrl} has no commit on branch ${branch}`);
    return { branch, commit: stdout.toString("utf8").trim() };
  }

  async #currentBranch(directory: string, signal: AbortSignal): Promise<string> {
    if (this.#branch !== undefined) return this.#branch;
    // `git clone` set HEAD to the remote's default branch.
    const { exitCode, stdout } = await this.#run(["symbolic-ref", "--quiet", "--short", "HEAD"], signal, directory);
    if (exitCode !== 0) throw new GitError(`HEAD of ${this.displayUrl} is on no branch: name one with --branch`);
    return stdout.toString("utf8").trim();
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
    const reason = result.stderr.replaceAll(this.#remote.url, this.displayUrl).trim();
    throw new GitError(`git ${args[0]} of ${this.displayUrl} failed: ${reason || `exit code ${result.exitCode}`}`);
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
      if (error.reason === "aborted") throw new AbortedError();
      const errorType = error.reason === "timeout" ? "git_timeout" : "git_error";
      throw new GitError(`git ${args[0]} of ${this.displayUrl} failed: ${error.message}`, errorType);
    }
  }
}

/** Variables that would point git at another repository, or make it print what it sends (credentials included). */
const UNWANTED = /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|NAMESPACE|PREFIX|TRACE.*|CURL_VERBOSE)$/;

/** Housekeeping must end with the command: a detached one would outlive the controller. */
const SETTINGS: readonly GitSetting[] = [
  ["gc.autoDetach", "false"],
  ["maintenance.autoDetach", "false"],
];

/** The environment of every git command: it never asks, never runs a program that an address names, speaks English. */
export function gitEnvironment(settings: readonly GitSetting[] = []): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { GIT_SSH_COMMAND: "ssh -o BatchMode=yes" };
  for (const [name, value] of Object.entries(process.env)) {
    if (!UNWANTED.test(name)) environment[name] = value;
  }
  environment["GIT_TERMINAL_PROMPT"] = "0";
  // `ext::` and other remote helpers run whatever command stands in the address.
  environment["GIT_ALLOW_PROTOCOL"] = "file:git:http:https:ssh";
  environment["LC_ALL"] = "C";
  let count = Number(environment["GIT_CONFIG_COUNT"] ?? 0);
  for (const [name, value] of [...SETTINGS, ...settings]) {
    environment[`GIT_CONFIG_KEY_${count}`] = name;
    environment[`GIT_CONFIG_VALUE_${count}`] = value;
    count++;
  }
  environment["GIT_CONFIG_COUNT"] = String(count);
  return environment;
}

/** Whether git complains of the clone and not of the remote. */
function isDamage(message: string): boolean {
  return /\.lock': File exists|not a git repository: |object file .* is empty|is corrupt|bad object|unable to read tree/.test(
    message,
  );
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
