import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../workspace.ts";

/** A fenced block of a document. */
export interface Block {
  /** The word behind the fence: `sh`, `ts`, `text`. */
  readonly language: string;
  readonly text: string;
  /** The file that the words before it say to save it as. */
  readonly file: string | undefined;
}

/** Returns the fenced blocks of a document, in its order. */
export function blocksOf(path: string): Block[] {
  const document = readFileSync(join(ROOT, path), "utf8");
  return Array.from(document.matchAll(/^```(\w+)\n(.*?)^```$/gms), (match) => {
    const [, language = "", text = ""] = match;
    const before = document.slice(0, match.index).trimEnd().split("\n").at(-1) ?? "";
    return { language, text, file: /Save this as `([\w.-]+)`/.exec(before)?.[1] };
  });
}
