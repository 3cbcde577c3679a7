import { type Command, Option } from "commander";

/** The end of each command's help. */
export const EXITS = `
Exit status: 0 answered, even if empty; 1 failed; 2 wrong usage or configuration; 3 nothing to ask (no server, no
history, or another process has it open); 4 not authorized; 5 a --fail-on condition holds.`;

/** What `setup` can be asked for. */
export const SETUPS = ["flux", "argocd", "github", "gitlab", "kubernetes"] as const;

/** What `alumiini-outbox` does, for the outboxes under the data directory. */
export const OUTBOX_COMMANDS = [
  ["inspect", "what is in it: messages that wait, their age, dead letters"],
  ["export", "its messages, one JSON object a line"],
  ["discard", "delete for good; asks for --pending or --dead-letters"],
] as const;

/** What `alumiini-prometheus` does, under this name. */
export const PROMETHEUS_COMMANDS = [
  ["rules", "recording rules and alerts for Prometheus"],
  ["dashboards", "Grafana dashboards"],
  ["slos", "the objectives and thresholds, to edit and pass on"],
  ["series", "how many series a number of repositories cost"],
] as const;

/** Adds a command with its examples. */
export function command(parent: Command, name: string, description: string, examples: readonly string[]): Command {
  return parent
    .command(name)
    .description(description)
    .addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ ${example}`).join("\n")}\n${EXITS}`);
}

/** Adds how an answer is written. */
export function output(target: Command): Command {
  return target
    .addOption(
      new Option("-o, --output <format>", "default: a table on a terminal, else tab-separated values").choices([
        "table",
        "json",
        "ndjson",
      ]),
    )
    .addOption(new Option("--color <when>", "default auto").choices(["always", "never", "auto"]))
    .option("--utc", "times in UTC");
}

/** Adds where the history or its server is. */
export function where(target: Command): Command {
  target
    .option("--server <url>", "a running server (ALUMIINI_SERVER); default: the one that has the data directory")
    .option("--token-file <file>", "its token (ALUMIINI_TOKEN_FILE, ALUMIINI_TOKEN)");
  return stored(target);
}

/** Adds where the history is, for what no server does. */
export function stored(target: Command): Command {
  return target
    .option("--data <directory>", "the data directory (ALUMIINI_DATA)")
    .option("--config <file>", "the server's configuration (ALUMIINI_CONFIG)");
}

/** Lets a time such as `-2h` be an argument, though it begins as options do. No option begins with a digit. */
export function takesTimes(target: Command): void {
  const parse = target.parseOptions.bind(target);
  target.parseOptions = (given) => {
    const { operands, unknown } = parse(given);
    const isOption = (each: string) => /^-\D/.test(each);
    return { operands: operands.concat(unknown.filter((each) => !isOption(each))), unknown: unknown.filter(isOption) };
  };
}

/** Adds options. One of several values, such as `<names>`, takes them with commas, or given again for each. */
export function options(target: Command, all: readonly (readonly [flags: string, description: string])[]): Command {
  for (const [flags, description] of all) {
    if (/<\w+s>$/.test(flags)) target.option(flags, description, gathered);
    else target.option(flags, description);
  }
  return target;
}

function gathered(value: string, before: unknown): string {
  return typeof before === "string" ? `${before},${value}` : value;
}
