import type { Style } from "../output/words.js";

/** What a command has from its surroundings. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Answers go to standard output, one line each call; everything else to the error stream. */
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  readonly now: () => number;
}

/** Reads `--output`, `--color`, `--utc` and what the terminal can do. */
export function styleOf(options: Readonly<Record<string, unknown>>, context: Context): Style {
  const { env, isTerminal } = context;
  return {
    isTable: options["output"] === "table" || (options["output"] === undefined && isTerminal),
    color: hasColor(options["color"], context),
    unicode: /utf-?8/i.test(env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || ""),
    utc: options["utc"] === true,
    width: context.columns ?? 80,
    now: context.now(),
  };
}

function hasColor(asked: unknown, { env, isTerminal }: Context): boolean {
  if (asked === "always" || asked === "never") return asked === "always";
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"]) return env["FORCE_COLOR"] !== "0";
  return isTerminal && env["TERM"] !== "dumb";
}
