import { type Command, Option } from "commander";

/** The end of each command's help. */
export const EXITS = `
Exit status: 0 answered, also when empty; 1 failed; 2 wrong use or configuration; 3 nothing to ask (no server, no
history, or another process has it); 4 not allowed; 5 a condition of --fail-on holds.`;

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
  return target
    .option("--server <url>", "a running server (ALUMIINI_SERVER); default: the one that has the data directory")
    .option("--token-file <file>", "its token (ALUMIINI_TOKEN_FILE, ALUMIINI_TOKEN)")
    .option("--data <directory>", "the data directory (ALUMIINI_DATA)")
    .option("--config <file>", "the server's configuration (ALUMIINI_CONFIG)");
}
