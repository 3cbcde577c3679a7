import { GitError } from "../../src/errors.js";
import type { Head, TreeEntry } from "../../src/git/git.js";
import type { SynchronizerParts } from "../../src/synchronizer.js";
import { configMapYaml } from "../support.js";
import type { Faults } from "./faults.js";

/** What a commit holds: the value of each ConfigMap by its name. */
export type Content = Readonly<Record<string, string>>;

interface Commit {
  /** What the cluster must hold; `undefined` where the commit can't be applied. */
  readonly content: Content | undefined;
  readonly files: Readonly<Record<string, string>>;
}

/** A remote in memory. Its commits can always be read, as those of a forge. */
export class SimulatedRemote {
  readonly commits: Commit[] = [];
  /** Index of the newest commit of the branch; `undefined` while the branch is deleted. */
  head: number | undefined;
  isReachable = true;

  push(content: Content): void {
    const files = Object.entries(content).map(([name, value]) => [`${name}.yaml`, configMapYaml(name, value)]);
    this.#add({ content, files: Object.fromEntries(files) });
  }

  /** A commit with a file that no parser reads. */
  pushUnreadable(): void {
    this.#add({ content: undefined, files: { "b.yaml": `${configMapYaml("b")} x: [\n` } });
  }

  /** A commit with an object that no cluster takes. */
  pushInvalid(): void {
    this.#add({ content: undefined, files: { "a.yaml": configMapYaml("a"), "x.yaml": configMapYaml("Not_a_name") } });
  }

  /** Moves the branch to another of its commits, or back to life. */
  forceTo(index: number): void {
    this.head = index % this.commits.length;
  }

  #add(commit: Commit): void {
    this.head = this.commits.push(commit) - 1;
  }
}

/** A clone of a simulated remote: what is on the disk and outlives the controller. */
export class SimulatedClone {
  readonly #remote: SimulatedRemote;
  readonly #faults: Faults;
  readonly displayUrl = "https://example.com/app.git";
  #head: number | undefined;

  constructor(remote: SimulatedRemote, faults: Faults) {
    this.#remote = remote;
    this.#faults = faults;
  }

  /** As a power cut does that empties `HEAD`. */
  damage(): void {
    this.#head = undefined;
  }

  exists = async () => this.#head !== undefined;
  clone = () => this.#update("clone");
  fetch = () => this.#update("fetch");

  listFiles: SynchronizerParts["git"]["listFiles"] = async (commit) => {
    await this.#faults.meet("read", (message) => new GitError(message));
    const paths = Object.keys(this.#commit(commit).files);
    return paths.map((path): TreeEntry => ({ path, objectId: `${commit}:${path}`, size: 100 }));
  };

  readFiles: SynchronizerParts["git"]["readFiles"] = async (entries) =>
    entries.map(({ objectId, path }) => Buffer.from(this.#commit(objectId.split(":")[0]).files[path] ?? ""));

  async #update(step: "clone" | "fetch"): Promise<Head> {
    await this.#faults.meet(step, (message) => new GitError(message));
    const { head, isReachable } = this.#remote;
    if (!isReachable) throw new GitError("the remote is away");
    if (head === undefined) throw new GitError("the branch is gone");
    this.#head = head;
    return { branch: "main", commit: String(head), committedAt: 0 };
  }

  #commit(name: string | undefined): Commit {
    const commit = this.#remote.commits[Number(name)];
    if (commit === undefined) throw new GitError(`no commit ${name}`);
    return commit;
  }
}
