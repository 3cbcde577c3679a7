/**
 * Makes `src/spec/generated` from the official schemas:
 *
 *     CDEVENTS_SPEC_DIR=<directory with v0.4.1 and v0.5.1> npx -y pnpm@12 --filter @alumiini/cdevents generate
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { printSchema } from "./print-schema.ts";
import { type OfficialType, readTypes, same } from "./schema-reader.ts";

/** Where the generated files stand. */
export const TARGET = join(import.meta.dirname, "../src/spec/generated");
const HEADER = "// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.\n\n";
const USUAL_MINOR = 3;

/** An event type in both versions. */
interface Pair {
  readonly name: string;
  readonly now: OfficialType;
  readonly before: OfficialType;
}

/** The generated files, by name. */
export function generate(specDirectory: string): Map<string, string> {
  const before = new Map(readTypes(join(specDirectory, "v0.4.1")).map((type) => [type.name, type]));
  const pairs = readTypes(join(specDirectory, "v0.5.1")).map((now): Pair => {
    const old = before.get(now.name);
    if (old === undefined) throw new Error(`${now.name} is not in 0.4.1`);
    return { name: now.name, now, before: old };
  });
  if (before.size !== pairs.length) throw new Error("0.4.1 has types that 0.5.1 lacks");
  const subjects = new Map<string, Pair[]>();
  for (const pair of pairs) subjects.set(subjectOf(pair), [...(subjects.get(subjectOf(pair)) ?? []), pair]);
  const files = [...subjects].map(([subject, types]) => [`${subject}.ts`, subjectFile(types)] as const);
  return new Map(
    [...files, ["versions.ts", versionsFile(pairs)] as const, ["index.ts", indexFile(subjects)] as const].map(
      ([name, text]) => [name, format(name, HEADER + text)],
    ),
  );
}

function subjectFile(types: readonly Pair[]): string {
  const text = types.map(definition).join("\n");
  const used = ["FULL_TEXT", "FULL_URI", "FULL_URI_REFERENCE", "LOOSE_REFERENCE", "REFERENCE", "TEXT", "URI"].filter(
    (name) => new RegExp(`\\b${name}\\b`).test(text),
  );
  return [
    'import type { CdeventDefinition } from "../definition.js";',
    used.length > 0 ? `import { ${used.join(", ")} } from "../schema.js";` : "",
    /\bReference\b/.test(text) ? 'import type { Reference } from "../reference.js";' : "",
    "",
    text,
  ]
    .filter((line, index) => line !== "" || index === 3)
    .join("\n");
}

function definition({ name, now, before }: Pair): string {
  const content = printSchema(now.content);
  const changed = same(now.content, before.content) ? undefined : printSchema(before.content);
  const details = [
    `name: "${name}"`,
    `content: ${content.schema}`,
    changed === undefined ? "" : `content041: ${changed.schema}`,
    now.looseSources ? "looseSources: true" : "",
    now.subjectType === undefined ? "" : "subjectType051: true",
  ].filter((text) => text !== "");
  if (now.looseSources !== before.looseSources) throw new Error(`the sources of ${name} have changed`);
  return [
    `/** The content of \`${name}\`${changed === undefined ? "" : " in 0.5.1"}. */`,
    declaration(`${typeName(name)}Content`, content.type),
    ...(changed === undefined
      ? []
      : ["", `/** The content of \`${name}\` in 0.4.1. */`, declaration(`${typeName(name)}Content041`, changed.type)]),
    "",
    `/** \`dev.cdevents.${name}\`: ${now.version} in 0.5.1, ${before.version} in 0.4.1. */`,
    `export const ${constantName(name)}: CdeventDefinition<"${name}"> = { ${details.join(", ")} };`,
    "",
  ].join("\n");
}

function declaration(name: string, type: string): string {
  return type.startsWith("{") ? `export interface ${name} ${type}` : `export type ${name} = ${type};`;
}

function versionsFile(pairs: readonly Pair[]): string {
  const minors = pairs.map(({ name, now, before }) => {
    const [, minor = ""] = /^0\.(\d)\.0$/.exec(now.version) ?? [];
    if (before.version !== `0.${Number(minor) - 1}.0`) throw new Error(`${name} is not one version behind in 0.4.1`);
    return [name, Number(minor)] as const;
  });
  const subjectTypes = new Map(pairs.map(({ name, before }) => [name.slice(0, name.indexOf(".")), before.subjectType]));
  return [
    `/** The minor versions of the event types in 0.5.1 that are not ${USUAL_MINOR}; in 0.4.1 each was one less. */`,
    `export const MINOR_VERSIONS = {${minors
      .filter(([, minor]) => minor !== USUAL_MINOR)
      .map(([name, minor]) => `"${name}": ${minor}`)
      .join(", ")}} as const;`,
    "",
    "/** The values of `subject.type` that are not as in the event type. */",
    `export const SUBJECT_TYPES = {${[...subjectTypes]
      .filter(([subject, type]) => subject !== type)
      .map(([subject, type]) => `${subject}: "${type}"`)
      .join(", ")}} as const;`,
  ].join("\n");
}

function indexFile(subjects: ReadonlyMap<string, readonly Pair[]>): string {
  const pairs = [...subjects.values()].flat();
  const contents = (suffix: (pair: Pair) => string) =>
    pairs.map((pair) => `readonly "${pair.name}": ${subjectOf(pair)}.${typeName(pair.name)}Content${suffix(pair)};`);
  return [
    ...[...subjects.keys()].map((subject) => `import * as ${subject} from "./${subject}.js";`),
    "",
    ...[...subjects.keys()].map((subject) => `export * from "./${subject}.js";`),
    "",
    "/** The content of each event type in 0.5.1. */",
    `export interface Contents051 {\n${contents(() => "").join("\n")}\n}`,
    "",
    "/** The content of each event type in 0.4.1. */",
    `export interface Contents041 {\n${contents(({ now, before }) => (same(now.content, before.content) ? "" : "041")).join("\n")}\n}`,
    "",
    "/** Every event type of the specification. */",
    `export const DEFINITIONS = [${pairs.map((pair) => `${subjectOf(pair)}.${constantName(pair.name)}`).join(", ")}] as const;`,
  ].join("\n");
}

function subjectOf({ name }: Pair): string {
  return name.slice(0, name.indexOf("."));
}

function constantName(name: string): string {
  return name.replace(/\.(.)/, (_, letter: string) => letter.toUpperCase());
}

function typeName(name: string): string {
  return name.charAt(0).toUpperCase() + constantName(name).slice(1);
}

function format(name: string, text: string): string {
  const biome = join(import.meta.dirname, "../../../node_modules/.bin/biome");
  return execFileSync(biome, ["check", "--write", `--stdin-file-path=packages/cdevents/src/spec/generated/${name}`], {
    cwd: join(import.meta.dirname, "../../.."),
    input: text,
    encoding: "utf8",
  });
}

if (import.meta.main) {
  const specDirectory = process.env["CDEVENTS_SPEC_DIR"];
  if (specDirectory === undefined) throw new Error("CDEVENTS_SPEC_DIR must name the directory of the specification");
  for (const [name, text] of generate(specDirectory)) writeFileSync(join(TARGET, name), text);
}
