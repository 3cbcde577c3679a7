import { readProperty } from "../adapter/read-property.js";

/** How many errors are looked at for one: itself, its causes and its inner errors. */
const MAX_LINKS = 32;
/** How far causes of causes are followed. */
const MAX_DEPTH = 8;

/** Where libraries keep the error that caused this one. */
const CAUSES = ["cause", "originalError", "innerError", "suppressed"] as const;

/** An error, or one that it was caused by. */
export interface ErrorLink {
  readonly error: object;
  /** How many causes lie between it and the error itself. */
  readonly depth: number;
  /** One of several inner errors: the others ended in other ways. */
  readonly isInner: boolean;
}

/** The errors that an error names as its causes, the direct ones. */
export function causesOf(error: object): readonly unknown[] {
  return CAUSES.map((name) => readProperty(error, name)).filter((cause) => cause !== undefined && cause !== null);
}

/** The errors that an error has gathered (`AggregateError`). */
export function innerErrorsOf(error: object): readonly unknown[] {
  const errors = readProperty(error, "errors");
  return attempt(() => (Array.isArray(errors) ? errors.slice(0, MAX_LINKS) : []), []);
}

/** Calls what reads a foreign object; its proxies may throw at anything. */
export function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Whether a value is an error. */
export function isError(value: unknown): value is Error {
  return attempt(() => value instanceof Error, false);
}

/** The error, then its causes and inner errors, the nearest first. Each once; bounded; never throws. */
export function linksOf(error: unknown): readonly ErrorLink[] {
  if (!isObject(error)) return [];
  const links: ErrorLink[] = [{ error, depth: 0, isInner: false }];
  const seen = new Set<object>([error]);
  for (let index = 0; index < links.length && links.length < MAX_LINKS; index++) {
    const link = links[index];
    if (link === undefined || link.depth >= MAX_DEPTH) continue;
    const add = (found: readonly unknown[], isInner: boolean) => {
      for (const next of found) {
        if (!isObject(next) || seen.has(next) || links.length >= MAX_LINKS) continue;
        seen.add(next);
        links.push({ error: next, depth: link.depth + 1, isInner });
      }
    };
    add(causesOf(link.error), link.isInner);
    const inner = innerErrorsOf(link.error);
    add(inner, link.isInner || inner.length > 1);
  }
  return links;
}

export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Where libraries keep the status of an HTTP answer, the nearest first. */
const STATUS_PATHS: readonly (readonly string[])[] = [
  ["status"],
  ["statusCode"],
  ["code"],
  ["response", "status"],
  ["response", "statusCode"],
  ["$metadata", "httpStatusCode"],
  ["data", "statusCode"],
  ["body", "code"],
  ["output", "statusCode"],
  ["res", "status"],
];

/** The HTTP status of the answer that an error is about: 400 to 599, else `undefined`. */
export function httpStatusOf(error: object): number | undefined {
  for (const path of STATUS_PATHS) {
    let value: unknown = error;
    for (const name of path) value = readProperty(value, name);
    const status = typeof value === "string" && /^[45]\d\d$/.test(value) ? Number(value) : value;
    if (typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 600) return status;
  }
  return undefined;
}

/** A property that is a text with something in it. */
export function textProperty(error: unknown, name: string): string | undefined {
  const text = readProperty(error, name);
  return typeof text === "string" && text.trim() !== "" ? text : undefined;
}
