/** What the bridge needs of a pino logger. Every `pino.Logger` fits, children and custom levels included. */
export interface PinoLogger {
  readonly levels: { readonly values: Readonly<Record<string, number>> };
  isLevelEnabled(level: string): boolean;
  bindings?(): object;
  child(bindings: Readonly<Record<string, string | undefined>>): PinoLogger;
  flush(callback?: (error?: Error) => void): void;
}

/**
 * What pino keeps in the logger under a symbol of this name. pino exports its symbols, but every copy of pino has its
 * own, and the logger need not come from the copy that we would import.
 */
export function internalOf(logger: PinoLogger, name: string): unknown {
  const symbol = internalSymbol(logger, name);
  return symbol === undefined ? undefined : Reflect.get(logger, symbol);
}

export function internalSymbol(logger: PinoLogger, name: string): symbol | undefined {
  for (let owner: object | null = logger; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    const symbol = Object.getOwnPropertySymbols(owner).find(({ description }) => description === name);
    if (symbol !== undefined) return symbol;
  }
  return undefined;
}

/** Names of the fields that the logger writes on every line: its bindings, without pino's own `pid` and `hostname`. */
export function boundNames(logger: PinoLogger): string[] {
  const bindings: unknown = typeof logger.bindings === "function" ? logger.bindings() : undefined;
  return typeof bindings === "object" && bindings !== null ? Object.keys(bindings) : [];
}
