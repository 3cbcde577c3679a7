import { once } from "node:events";
import { parseArgs } from "node:util";
import { discardFromOutbox, inspectOutbox, type OutboxSummary, readOutbox } from "../inspection.js";
import { toExported } from "./export.js";

const HELP = `Shows, exports and deletes what is in the directory of an outbox.

Usage: npx @alumiini/outbox <command> <directory> [options]

Commands
  inspect   counts what is in it: undelivered messages, their age, bytes, damage, dead letters
  export    writes its messages to standard output, one JSON object a line: undelivered ones, then dead letters
  discard   deletes messages for good; asks for --pending or --dead-letters

inspect and export change nothing, and work while a process has the outbox open: what they show may be a second old.
discard needs the outbox for itself: stop its process first.

Options
  --json           inspect: as one JSON object
  --pending        export, discard: undelivered messages only
  --dead-letters   export, discard: dead letters only
  --help, -h       this text

Exit status: 0 done; 1 it could not be done; 2 the command line is wrong.
`;

/** A command line that can't be followed; its message says what to change. */
class UsageError extends Error {}

const COMMANDS = { inspect, export: exportMessages, discard } as const;

interface Flags {
  readonly json: boolean;
  readonly pending: boolean;
  readonly "dead-letters": boolean;
}

/** Runs the command line and returns its exit status. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = readArguments(args);
    if (values.help) {
      await print(HELP);
      return 0;
    }
    const [name = "", directory, ...more] = positionals;
    if (!isCommand(name)) throw new UsageError(`name one command: ${Object.keys(COMMANDS).join(", ")}`);
    if (directory === undefined || more.length > 0) throw new UsageError(`${name} takes one directory`);
    await COMMANDS[name](directory, values);
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message}\n${isUsage ? "See npx @alumiini/outbox --help\n" : ""}`);
    return isUsage ? 2 : 1;
  }
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", default: false, short: "h" },
        json: { type: "boolean", default: false },
        pending: { type: "boolean", default: false },
        "dead-letters": { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function isCommand(name: string): name is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, name);
}

async function inspect(directory: string, { json }: Flags): Promise<void> {
  const summary = await inspectOutbox(directory);
  await print(json ? `${JSON.stringify(summary)}\n` : describe(summary));
}

function describe(summary: OutboxSummary): string {
  const { oldestPendingMs, deadLetters } = summary;
  const reasons = Object.entries(deadLetters);
  const count = reasons.reduce((sum, [, each]) => sum + each, 0);
  const byReason = reasons.map(([reason, each]) => `${each} ${reason}`).join(", ");
  const rows = [
    ["directory", summary.directory],
    ["in use", summary.inUse ? "yes: a process has it open" : "no"],
    ["undelivered", `${summary.pending} messages`],
    ["oldest", oldestPendingMs === undefined ? "-" : `${Math.round(oldestPendingMs / 1000)} s`],
    ["on disk", `${summary.bytes} bytes in ${summary.files} files`],
    ["damaged", `${summary.corrupt} messages`],
    ["lost", `${summary.lost} messages`],
    ["dead letters", count === 0 ? "0" : `${count} (${byReason})`],
  ];
  return rows.map(([name = "", value]) => `${name.padEnd(14)}${value}\n`).join("");
}

async function exportMessages(directory: string, flags: Flags): Promise<void> {
  const all = !flags.pending && !flags["dead-letters"];
  for await (const record of readOutbox(directory)) {
    if (all || (record.kind === "pending" ? flags.pending : flags["dead-letters"])) {
      await print(`${JSON.stringify(toExported(record))}\n`);
    }
  }
}

async function discard(directory: string, flags: Flags): Promise<void> {
  if (!flags.pending && !flags["dead-letters"]) throw new UsageError("discard asks for --pending or --dead-letters");
  if (flags.pending) await print(`${await discardFromOutbox(directory, "pending")} undelivered messages deleted\n`);
  if (flags["dead-letters"]) await print(`${await discardFromOutbox(directory, "dead_letter")} dead letters deleted\n`);
}

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
