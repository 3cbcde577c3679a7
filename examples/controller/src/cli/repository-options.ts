import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Repository } from "../repository.js";
import { UsageError } from "./usage-error.js";

/** The options that describe repositories, for `parseArgs`. */
export const REPOSITORY_OPTIONS = {
  repo: { type: "string", multiple: true },
  branch: { type: "string", multiple: true },
  path: { type: "string", multiple: true },
  name: { type: "string", multiple: true },
} as const;

/** What `parseArgs` answers for each argument, as far as it matters here. */
export interface OptionToken {
  readonly kind: string;
  readonly name?: string;
  readonly value?: string | undefined;
}

interface Draft {
  readonly url: string;
  branch?: string;
  path?: string;
  name?: string;
}

const NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
const MAX_NAME = 63;

/**
 * Reads the repositories in the order given: `--branch`, `--path` and `--name` belong to the `--repo` before them.
 *
 * @throws {UsageError} naming the option to fix.
 */
export function parseRepositories(tokens: readonly OptionToken[], namespace: string): Repository[] {
  const drafts: Draft[] = [];
  for (const { kind, name, value } of tokens) {
    if (kind !== "option" || value === undefined) continue;
    if (name === "repo") drafts.push({ url: toAddress(value) });
    else if (name === "branch" || name === "path" || name === "name") {
      const draft = drafts.at(-1);
      if (draft === undefined) throw new UsageError(`--${name} belongs to a repository: put it after its --repo`);
      if (draft[name] !== undefined) throw new UsageError(`--${name} is given twice for one --repo`);
      draft[name] = value;
    }
  }
  const taken = new Set<string>();
  return drafts.map((draft) => toRepository(draft, namespace, taken));
}

function toRepository({ url, branch, path = "", name }: Draft, namespace: string, taken: Set<string>): Repository {
  if (branch !== undefined) checkBranch(branch);
  const uniqueName = name === undefined ? deriveName(url, taken) : checkName(name, taken);
  taken.add(uniqueName);
  return { name: uniqueName, namespace, url, branch, path: toPath(path) };
}

/** What git is given. A local path is made absolute; git runs elsewhere. */
function toAddress(text: string): string {
  if (text === "" || text.startsWith("-") || hasControlCharacter(text)) {
    throw new UsageError("--repo needs a URL, an address such as git@host:path, or a local path");
  }
  if (/^https?:/i.test(text) && !URL.canParse(text)) throw new UsageError("--repo is not a valid URL");
  // `npx pnpm` runs scripts in the package's directory and tells in this variable where it was called.
  const local = resolve(process.env["INIT_CWD"] ?? process.cwd(), text);
  return existsSync(local) ? local : text;
}

/** The rules of `git check-ref-format`, so that no branch name can be taken for an option or another ref. */
function checkBranch(branch: string): void {
  const valid =
    /^[^\s~^:?*[\\]+$/.test(branch) &&
    !/^[-/.]|\/$|\.$|\.lock$|\.\.|\/\/|\/\.|@\{|\.lock\//.test(branch) &&
    !hasControlCharacter(branch) &&
    branch !== "@";
  if (!valid) throw new UsageError("--branch is not a valid branch name");
}

/** Relative, with `/` between the parts and none at the end; `""` for the whole repository. */
function toPath(text: string): string {
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || hasControlCharacter(text)) {
    throw new UsageError("--path must be a directory inside the repository, such as deploy/production");
  }
  return parts.join("/");
}

function checkName(name: string, taken: ReadonlySet<string>): string {
  if (!NAME.test(name)) throw new UsageError("--name must be 1 to 63 of a-z, 0-9, '-' and '.', such as my-app");
  if (taken.has(name)) throw new UsageError(`two repositories are called ${name}: give one another --name`);
  return name;
}

/** The last part of the address, as a name that no other repository has. */
function deriveName(url: string, taken: ReadonlySet<string>): string {
  const last = url
    .replace(/[?#].*$/, "")
    .replace(/\/+$/, "")
    .replace(/\/?\.git$/, "")
    .split(/[/:]/)
    .at(-1);
  const safe = (last ?? "").toLowerCase().replace(/[^a-z0-9.-]+/g, "-");
  const base = safe.slice(0, MAX_NAME - 4).replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "") || "repository";
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function hasControlCharacter(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what it looks for
  return /[\u0000-\u001f\u007f]/.test(text);
}
