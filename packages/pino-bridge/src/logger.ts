import type { PinoLogger } from "./pino-bridge.js";

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

/** A property of what need not be an object. */
export function read(target: unknown, key: string | symbol): unknown {
  return (typeof target === "object" && target !== null) || typeof target === "function"
    ? Reflect.get(target, key)
    : undefined;
}

/** Whether something of the logger takes the fields of a line, bound ones excepted, into its hands. */
export function looksAtFields(logger: PinoLogger): boolean {
  return (
    typeof read(internalOf(logger, "pino.formatters"), "log") === "function" ||
    typeof read(internalOf(logger, "pino.hooks"), "logMethod") === "function" ||
    typeof internalOf(logger, "pino.mixin") === "function" ||
    typeof internalOf(logger, "pino.nestedKey") === "string" ||
    read(internalOf(logger, "pino.stream"), Symbol.for("pino.metadata")) === true ||
    // pino's own function that does nothing stands here unless the user has given one.
    read(read(logger, "onChild"), "name") !== "noop"
  );
}
