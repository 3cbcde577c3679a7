import { readFileSync } from "node:fs";
import { isCollection, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { ConfigError } from "./types.js";

/** A file of configuration: its content, and the line of each part. */
export interface ConfigFile {
  readonly content: Readonly<Record<string, unknown>>;
  /** `alumiini.yaml:7:3` of the part at a path; of its nearest parent where it is missing. */
  placeOf(path: readonly string[]): string;
}

/** @throws {ConfigError} for a file that can't be read or is not YAML */
export function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(textOf(file), { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    // Only the first: what follows it is mostly its consequence.
    const [error] = document.errors;
    throw new ConfigError([`${at(error?.pos[0] ?? 0)}: is not YAML: ${error?.message.split("\n")[0] ?? "unknown"}`]);
  }
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  if (content !== null && (typeof content !== "object" || Array.isArray(content))) {
    throw new ConfigError([`${file}:1:1: must be a map of settings, such as \`listen: 127.0.0.1:8080\``]);
  }
  return {
    content: { ...content },
    placeOf: (path) => at(offsetOf(document.contents, path)),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
    const why = code === "ENOENT" ? "does not exist" : `can't be read (${typeof code === "string" ? code : "unknown"})`;
    throw new ConfigError([`${file}: ${why}`]);
  }
}

/** The offset of a key, so that the line is the one a person has to change. */
function offsetOf(root: Node | null, path: readonly string[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const name of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) === name : key === name));
      if (pair === undefined || !isPair(pair)) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isCollection(node)) {
      const item: unknown = node.items[Number(name)];
      if (isScalar(item) || isCollection(item)) offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return offset;
}
