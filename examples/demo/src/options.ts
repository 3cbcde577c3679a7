import { parseArgs } from "node:util";

/** What the demo was started with. */
export interface DemoOptions {
  /** Print what the history answers and end, instead of serving the page until Ctrl-C. */
  readonly once: boolean;
  /** Of the page; undefined for 8080, or any free one where that is taken. */
  readonly port: number | undefined;
}

/** Printed for `--help`. */
export const HELP = `Everything together: a controller, deliveries of Flux, Argo CD and GitHub, and half a year of history, on one page.

Usage: npx -y pnpm@12 demo [options]

  --once           print DORA, failed syncs and what lay around a failure; then end with 0
  --port <number>  of the page; default: 8080, or any free one where that is taken

The controller alone, on a repository of yours, to NATS or to Kafka: npx -y pnpm@12 demo:controller --help
`;

/** A command line that can't be used; the message says what to change. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the command line. Returns `"help"` where that is asked for.
 *
 * @throws {UsageError} saying what to change.
 */
export function parseDemoOptions(args: readonly string[]): DemoOptions | "help" {
  const given = args.filter((arg) => arg !== "--");
  const ofController = given.find((arg) => /^--(?:repo|branch|path|nats|kafka|json)\b/.test(arg));
  if (ofController !== undefined)
    throw new UsageError(`${ofController} is an option of the controller alone: npx -y pnpm@12 demo:controller`);
  try {
    const { values } = parseArgs({
      args: given,
      options: {
        once: { type: "boolean", default: false },
        port: { type: "string" },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
    if (values.help) return "help";
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
      throw new UsageError("--port must be a number from 0 to 65535");
    return { once: values.once, port };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${error instanceof Error ? error.message : String(error)} (see --help)`);
  }
}
