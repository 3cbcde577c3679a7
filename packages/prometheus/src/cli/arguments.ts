import { parseArgs } from "node:util";
import { nearestOf } from "@alumiini/core/adapter";
import { DEFAULT_LABEL_LIMITS, OPT_IN_LABELS, type OptInLabel } from "@alumiini/core/metrics";
import {
  type CliOption,
  COMMANDS,
  type Command,
  FORMATS,
  OPTIONS,
  type OptionName,
  type RulesFormat,
} from "./options.js";

/** What the command line asks for; options that were not given are absent, or have their default. */
export interface CommandLine {
  readonly command: Command;
  readonly format: RulesFormat;
  readonly unit: "milliseconds" | "seconds";
  readonly selector: string;
  readonly by: readonly string[] | undefined;
  readonly optInLabels: readonly OptInLabel[];
  readonly labels: Readonly<Record<string, string>>;
  readonly runbookUrl: string | undefined;
  /** A file of thresholds. */
  readonly slos: string | undefined;
  /** Where to write: a file, for dashboards a directory; standard output without one. */
  readonly output: string | undefined;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly metadataLabels: Readonly<Record<string, string>> | undefined;
  readonly evaluationSeconds: number | undefined;
  readonly historyUrl: string | undefined;
  readonly tracesUrl: string | undefined;
  readonly repositories: number;
  readonly kinds: number;
}

/** A command line that can't be followed; its message says what to change. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const UNITS = ["milliseconds", "seconds"] as const;

type Given = ReadonlyMap<OptionName, readonly string[]>;

/**
 * Reads the command line. Returns `"help"` or `"version"` where that is asked for.
 *
 * @throws {UsageError} saying what to change; also for an option that the command would ignore.
 */
export function parseCommandLine(args: readonly string[]): CommandLine | "help" | "version" {
  const { given, positionals } = readArguments(args);
  if (given.has("help")) return "help";
  if (given.has("version")) return "version";
  const [named, ...more] = positionals;
  const commands = Object.keys(COMMANDS);
  if (named === undefined) throw new UsageError(`name a command: ${commands.join(", ")}`);
  const command = oneOf("command", named, isCommand, commands);
  if (more.length > 0) throw new UsageError(`${command} takes no ${more.join(" ")}; give values with options`);
  const one = (name: OptionName) => given.get(name)?.at(-1);
  const list = (name: OptionName) =>
    one(name)
      ?.split(",")
      .filter((label) => label !== "");
  const format = oneOf("--format", one("format") ?? "rules", isFormat, FORMATS);
  refuseIgnored(given, command, format);
  const metadataLabels = given.get("metadata-label");
  return {
    command,
    format,
    unit: oneOf("--unit", one("unit") ?? "milliseconds", isUnit, UNITS),
    selector: one("selector") ?? "",
    by: list("by"),
    optInLabels: (list("opt-in-labels") ?? []).map((label) =>
      oneOf("--opt-in-labels", label, isOptInLabel, OPT_IN_LABELS),
    ),
    labels: toLabels("--label", given.get("label") ?? []),
    runbookUrl: one("runbook-url"),
    slos: one("slos"),
    output: one("output"),
    name: one("name"),
    namespace: one("namespace"),
    metadataLabels: metadataLabels && toLabels("--metadata-label", metadataLabels),
    historyUrl: one("history-url"),
    tracesUrl: one("traces-url"),
    evaluationSeconds: toCount("--evaluation-seconds", one("evaluation-seconds"), undefined),
    repositories: toCount("--repositories", one("repositories"), DEFAULT_LABEL_LIMITS.maxRepositories),
    kinds: toCount("--kinds", one("kinds"), 5),
  };
}

function readArguments(args: readonly string[]): { given: Given; positionals: readonly string[] } {
  const all: readonly (readonly [string, CliOption])[] = Object.entries(OPTIONS);
  const options = Object.fromEntries(
    all.map(([name, { value }]) => [
      name,
      value === undefined ? { type: "boolean" as const } : { type: "string" as const },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], allowPositionals: true, strict: false, tokens: true, options });
  const given = new Map<OptionName, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const name = token.rawName === "-h" ? "help" : token.rawName === "-V" ? "version" : token.name;
    if (!isOptionName(name) || (token.rawName !== `--${name}` && !/^-[hV]$/.test(token.rawName))) {
      throw new UsageError(
        `there is no option ${token.rawName}${token.rawName.startsWith("--") ? adviceFor(token.name, Object.keys(OPTIONS), "--") : ""}`,
      );
    }
    const { value, repeatable }: CliOption = OPTIONS[name];
    const before = given.get(name);
    if (value === undefined && token.value !== undefined) throw new UsageError(`--${name} takes no value`);
    if (value !== undefined && (token.value === undefined || (!token.inlineValue && token.value.startsWith("-")))) {
      throw new UsageError(
        `--${name} needs a value: --${name} <${value}>; for one that begins with -: --${name}=<${value}>`,
      );
    }
    if (before !== undefined && value !== undefined && !repeatable) {
      throw new UsageError(`--${name} was given twice; give it once`);
    }
    given.set(name, [...(before ?? []), token.value ?? ""]);
  }
  return { given, positionals };
}

/** An option that changes nothing is a mistake that its user would not notice otherwise. */
function refuseIgnored(given: Given, command: Command, format: RulesFormat): void {
  for (const name of given.keys()) {
    const { commands, formats }: CliOption = OPTIONS[name];
    if (!commands.includes(command)) {
      throw new UsageError(`${command} has no use for --${name}; it is an option of ${commands.join(", ")}`);
    }
    if (command === "rules" && formats !== undefined && !formats.includes(format)) {
      throw new UsageError(`--format ${format} has no use for --${name}; it needs --format ${formats.join(" or ")}`);
    }
  }
}

function oneOf<T extends string>(
  what: string,
  value: string,
  isKnown: (value: string) => value is T,
  known: readonly string[],
): T {
  if (isKnown(value)) return value;
  throw new UsageError(`${what} must be one of ${known.join(", ")}; not ${value}${adviceFor(value, known)}`);
}

function adviceFor(misspelt: string, known: readonly string[], prefix = ""): string {
  const nearest = nearestOf(misspelt, known);
  return nearest === undefined ? "" : `; did you mean ${prefix}${nearest}?`;
}

function isCommand(name: string): name is Command {
  return Object.hasOwn(COMMANDS, name);
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

function isFormat(value: string): value is RulesFormat {
  return FORMATS.some((known) => known === value);
}

function isUnit(value: string): value is (typeof UNITS)[number] {
  return UNITS.some((known) => known === value);
}

function isOptInLabel(value: string): value is OptInLabel {
  return OPT_IN_LABELS.some((known) => known === value);
}

function toCount<T extends number | undefined>(option: string, value: string | undefined, fallback: T): number | T {
  if (value === undefined) return fallback;
  const count = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(count)) return count;
  throw new UsageError(`${option} must be a whole number; not ${value}`);
}

function toLabels(option: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (name === undefined || value === undefined) throw new UsageError(`${option} takes name=value, not ${pair}`);
      return [name, value];
    }),
  );
}
