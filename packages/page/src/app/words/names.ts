import type { RepositoryId } from "@alumiini/history";

/** Characters that hide or reorder text: controls, bidi and zero-width. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

/** A part of a text: what can be read, or the code of what can't. */
export interface TextPart {
  readonly text: string;
  readonly hidden: boolean;
}

/** A text in parts: each hidden character stands alone, as `U+202E`. */
export function partsOf(text: string): TextPart[] {
  if (!HIDDEN.test(text)) return [{ text, hidden: false }];
  const parts: TextPart[] = [];
  for (const character of text) {
    if (HIDDEN.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      parts.push({ text: `U+${code}`, hidden: true });
    } else {
      const last = parts.at(-1);
      if (last === undefined || last.hidden) parts.push({ text: character, hidden: false });
      else parts[parts.length - 1] = { text: last.text + character, hidden: false };
    }
  }
  return parts;
}

/** The same for places that take only text, such as accessible names and titles. */
export function plainText(text: string): string {
  return partsOf(text)
    .map((part) => part.text)
    .join("");
}

/** Cut in the middle, since names differ at their ends. */
export function middleCut(text: string, most = 24): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  return `${characters.slice(0, 10).join("")}…${characters.slice(-10).join("")}`;
}

/** A revision for people: `main@9f3c1ab`. */
export function shortRevision(revision: string): string {
  return revision.replace(/\b([0-9a-f]{7})[0-9a-f]{5,}\b/gi, "$1").replace(/@sha1:/, "@");
}

/** A revision with its branch, where it is only a commit. */
export function branchRevision(revision: string, branch: string | null): string {
  const short = shortRevision(revision);
  return branch === null || short.includes("@") || short.includes("/") ? short : `${branch}@${short}`;
}

/** The same repository in both. */
export function sameRepository(a: RepositoryId, b: RepositoryId): boolean {
  return a.clusterId === b.clusterId && a.namespace === b.namespace && a.repoName === b.repoName;
}

/** Where a commit can be looked at; null where the address of the repository says nothing of it. */
export function commitLink(repoUrl: string | null, revision: string | null): string | null {
  const commit = /[0-9a-f]{7,64}/i.exec(revision ?? "")?.[0];
  const [, host, path] =
    /^(?:https?:\/\/|ssh:\/\/|git@)?(?:[^@/]*@)?([\w.-]+(?::\d+)?)[/:](.+?)(?:\.git)?\/?$/.exec(repoUrl ?? "") ?? [];
  if (commit === undefined || host === undefined || path === undefined) return null;
  if (/(^|\.)gitlab\./.test(host)) return `https://${host}/${path}/-/commit/${commit}`;
  if (/(^|\.)bitbucket\./.test(host)) return `https://${host}/${path}/commits/${commit}`;
  if (/(^|\.)(github|gitea|codeberg)\./.test(host)) return `https://${host}/${path}/commit/${commit}`;
  return null;
}
