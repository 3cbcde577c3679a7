import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ApplyError, type Problem } from "../errors.js";
import { isJsonObject, toJson } from "../manifests/json.js";
import {
  identify,
  identityKey,
  type JsonValue,
  type Manifest,
  type ObjectIdentity,
} from "../manifests/kubernetes-object.js";
import { writeAtomically } from "./atomic-write.js";

/** The last claim in each directory. Between looking for another owner and writing nobody else may write. */
const lastClaims = new Map<string, Promise<void>>();

/**
 * What one repository has written to a target: one JSON file for each repository, side by side. Without it nobody
 * could tell an object that left git from one that somebody else made.
 */
export class Inventory {
  readonly #directory: string;
  readonly #repoName: string;

  constructor(directory: string, repoName: string) {
    this.#directory = directory;
    this.#repoName = repoName;
  }

  /**
   * Adds the objects, before they are written: a crash in between leaves an entry too many, never one too few.
   *
   * @throws {ApplyError} (`conflict`) when another repository has one of them.
   */
  claim(manifests: readonly Manifest[]): Promise<void> {
    const before = lastClaims.get(this.#directory) ?? Promise.resolve();
    const claim = before.then(() => this.#claim(manifests));
    lastClaims.set(
      this.#directory,
      claim.catch(() => {}),
    );
    return claim;
  }

  async #claim(manifests: readonly Manifest[]): Promise<void> {
    const claimed = manifests.map(({ object }) => identify(object));
    const problems = await this.#conflicts(manifests);
    if (problems.length > 0) throw new ApplyError("conflict", problems);
    await this.#save([...(await this.#load(this.#repoName)), ...claimed]);
  }

  /** The objects of this repository that are not among `keep`. */
  async notAmong(keep: readonly Manifest[]): Promise<ObjectIdentity[]> {
    const kept = new Set(keep.map(({ object }) => identityKey(identify(object))));
    return (await this.#load(this.#repoName)).filter((identity) => !kept.has(identityKey(identity)));
  }

  /** Forgets all but the objects of `keep`. */
  async retain(keep: readonly Manifest[]): Promise<void> {
    await this.#save(keep.map(({ object }) => identify(object)));
  }

  async #conflicts(manifests: readonly Manifest[]): Promise<Problem[]> {
    const owners = new Map<string, string>();
    for (const other of await this.#others()) {
      for (const identity of await this.#load(other)) owners.set(identityKey(identity), other);
    }
    return manifests.flatMap(({ object, file }) => {
      const owner = owners.get(identityKey(identify(object)));
      if (owner === undefined) return [];
      const message = `${object.kind} ${object.metadata.name} belongs to repository ${owner} (${this.#file(owner)})`;
      return [{ file, message }];
    });
  }

  async #others(): Promise<string[]> {
    const files = await readdir(this.#directory).catch(unlessMissing);
    const names = (files ?? []).flatMap((file) => /^([^.].*)\.json$/.exec(file)?.[1] ?? []);
    return names.filter((name) => name !== this.#repoName);
  }

  async #load(repoName: string): Promise<ObjectIdentity[]> {
    const text = await readFile(this.#file(repoName), "utf8").catch(unlessMissing);
    if (text === undefined) return [];
    try {
      const value = toJson(JSON.parse(text));
      if (Array.isArray(value)) return value.map(toIdentity);
    } catch {
      // Said below.
    }
    throw new ApplyError(
      "apply_error",
      `${this.#file(repoName)} is damaged: remove it, then delete by hand what left git`,
    );
  }

  async #save(identities: readonly ObjectIdentity[]): Promise<void> {
    const unique = new Map(identities.map((identity) => [identityKey(identity), identity]));
    await writeAtomically(this.#file(this.#repoName), `${JSON.stringify([...unique.values()], null, 2)}\n`);
  }

  #file(repoName: string): string {
    return join(this.#directory, `${repoName}.json`);
  }
}

function toIdentity(value: JsonValue): ObjectIdentity {
  const { apiVersion, kind, namespace, name } = isJsonObject(value) ? value : {};
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string") throw new TypeError();
  return { apiVersion, kind, name, ...(typeof namespace === "string" && { namespace }) };
}

/** A file that is not there yet is no error. */
export function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
