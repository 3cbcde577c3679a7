/** A ```` ```ts ```` block found in a document or a doc comment. */
export interface CodeBlock {
  /** The file that it stands in, from the repository's root. */
  readonly path: string;
  /** The line of its first line of code, counted from 1. */
  readonly line: number;
  readonly code: string;
}

/** The blocks of a file: of a Markdown text as they are, of a TypeScript source those in its doc comments. */
export function extractBlocks(path: string, text: string): CodeBlock[] {
  const lines = text.split(/\r?\n/);
  return fencedBlocks(path, path.endsWith(".ts") ? docCommentLines(lines) : lines);
}

/** Blanks whatever isn't in a doc comment, and takes the comment's stars away; the line numbers stay. */
function docCommentLines(lines: readonly string[]): string[] {
  let inside = false;
  return lines.map((line) => {
    const opens = /^\s*\/\*\*(?!\/)/.test(line);
    inside ||= opens;
    const content = inside && !opens ? line.replace(/^\s*\* ?/, "") : "";
    if (line.includes("*/")) inside = false;
    return content;
  });
}

function fencedBlocks(path: string, lines: readonly string[]): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open:
    | { readonly fence: string; readonly indent: number; readonly ts: boolean; readonly start: number }
    | undefined;
  lines.forEach((line, index) => {
    const [, indent = "", fence, info = ""] = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
    if (fence === undefined) return;
    if (open === undefined) {
      open = { fence, indent: indent.length, ts: /^ts(\s|$)/.test(info), start: index + 1 };
    } else if (fence.startsWith(open.fence) && info === "") {
      const { start, indent: depth } = open;
      const code = lines.slice(start, index).map((codeLine) => dedent(codeLine, depth));
      if (open.ts) blocks.push({ path, line: start + 1, code: code.join("\n") });
      open = undefined;
    }
  });
  return blocks;
}

function dedent(line: string, depth: number): string {
  const spaces = line.length - line.trimStart().length;
  return line.slice(Math.min(depth, spaces));
}
