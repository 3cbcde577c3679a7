import type { Parameter } from "../store/store.js";
import type { Value } from "../store/table.js";
import { type OneOrMore, QueryError, type Scope } from "./answers/common.js";

/** Conditions of a query with their parameters. */
export class Where {
  readonly parameters: Parameter[] = [];
  readonly #conditions: string[] = [];

  /** Adds a parameter; returns its place in the text. */
  bind(parameter: Parameter, type: "text" | "text[]" | "bigint" | "double precision" | "boolean"): string {
    this.parameters.push(parameter);
    return `$${this.parameters.length}::${type}`;
  }

  and(condition: string): void {
    this.#conditions.push(condition);
  }

  /** One value, or any of several; nothing where none is given. */
  equals(column: string, field: string, value: OneOrMore | undefined): void {
    if (value === undefined) return;
    const values = valuesOf(field, value);
    const [only] = values;
    // Both engines find one value faster than a list of one.
    if (only !== undefined && values.length === 1) this.and(`${column} = ${this.bind(only, "text")}`);
    else this.and(`${column} in (select unnest(${this.bind(values, "text[]")}))`);
  }

  /** The columns of a scope, with the table's alias and a dot before them where it has one. */
  scope({ clusterId, environment, namespace, repoName }: Scope, alias = ""): void {
    this.equals(`${alias}cluster`, "clusterId", clusterId);
    this.equals(`${alias}environment`, "environment", environment);
    this.equals(`${alias}namespace`, "namespace", namespace);
    this.equals(`${alias}repo`, "repoName", repoName);
  }

  /** `since` is included, `until` is not. */
  within(column: string, since: number, until: number): void {
    this.and(`${column} >= ${this.bind(since, "bigint")} and ${column} < ${this.bind(until, "bigint")}`);
  }

  /** That one of the columns contains the text, in any case. */
  contains(columns: readonly string[], text: string): void {
    const place = this.bind(text.toLowerCase(), "text");
    // Not `like`: the text may hold its wildcards.
    this.and(`(${columns.map((column) => `strpos(lower(coalesce(${column}, '')), ${place}) > 0`).join(" or ")})`);
  }

  /** `where …`, or nothing. */
  toString(): string {
    return this.#conditions.length === 0 ? "" : `where ${this.#conditions.join(" and ")}`;
  }
}

/** Values that one field may list. */
const MAX_VALUES = 1_000;
const MAX_TEXT = 1_024;

export function valuesOf(field: string, value: OneOrMore): readonly string[] {
  const values = typeof value === "string" ? [value] : value;
  if (!Array.isArray(values) || values.length > MAX_VALUES) {
    throw new QueryError(field, `must be a text, or at most ${MAX_VALUES} texts`);
  }
  for (const each of values) checkText(field, each);
  return values;
}

/** A text of 1 to 1,024 characters. */
export function checkText(field: string, value: unknown, least = 1): string {
  if (typeof value === "string" && value.length >= least && value.length <= MAX_TEXT && !value.includes("\u0000")) {
    return value;
  }
  throw new QueryError(field, `must be a text of ${least} to ${MAX_TEXT} characters`);
}

/** A whole number within bounds, or the default where none is given. */
export function whole(field: string, value: number | undefined, standard: number, least: number, most: number): number {
  if (value === undefined) return standard;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new QueryError(field, `must be a whole number from ${least} to ${most}`);
}

/** The last day that a JavaScript date can hold. */
export const LAST_TIME = 8.64e15;

/** A range of time, checked. */
export function rangeOf(
  { since, until }: { readonly since?: number | undefined; readonly until?: number | undefined },
  standard: { readonly since: number; readonly until: number },
): { since: number; until: number } {
  const range = {
    since: whole("since", since, standard.since, 0, LAST_TIME),
    until: whole("until", until, standard.until, 0, LAST_TIME),
  };
  if (range.since > range.until) throw new QueryError("since", "must not be after until");
  return range;
}

/** One of several words. */
export function oneOf<T extends string>(field: string, value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new QueryError(field, `must be one of ${words.join(", ")}`);
  return found;
}

/** Several of several words; undefined where none are given. */
export function someOf<T extends string>(field: string, values: readonly T[] | undefined, words: readonly T[]) {
  return values?.map((value) => oneOf(field, value, words));
}

/** A cursor: the sort values of the last row, for nobody to look into. */
export function cursorOf(values: readonly Value[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(values));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** The values of a cursor; undefined where none is given. `shape` names the type of each. */
export function readCursor<const S extends readonly ("string" | "number")[]>(
  cursor: string | undefined,
  shape: S,
): { [K in keyof S]: S[K] extends "string" ? string : number } | undefined {
  if (cursor === undefined) return undefined;
  const values = parseCursor(cursor);
  if (!fits(values, shape)) throw new QueryError("cursor", "is not a cursor of this query");
  return values;
}

function fits<const S extends readonly ("string" | "number")[]>(
  values: readonly unknown[] | undefined,
  shape: S,
): values is { [K in keyof S]: S[K] extends "string" ? string : number } {
  if (values?.length !== shape.length) return false;
  return shape.every((type, index) => {
    const value = values[index];
    return typeof value === type && (type === "string" || Number.isSafeInteger(value));
  });
}

function parseCursor(cursor: string): readonly unknown[] | undefined {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const values: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(values) ? values : undefined;
  } catch {
    return undefined;
  }
}
