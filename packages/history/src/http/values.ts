import { QueryError } from "../queries/answers/common.js";

/** How a parameter is written in a query string. Lists are given by commas, or by repeating the name. */
export type ParameterType = "text" | "texts" | "integer" | "time" | "duration" | "number";

/** A parameter of a route: how requests are read, and how the OpenAPI document describes it. */
export interface RouteParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string;
  readonly values?: readonly string[];
  readonly required?: true;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The values of a request's parameters, read by the route's description. */
export class Values {
  readonly #values = new Map<string, readonly string[]>();
  readonly #parameters: ReadonlyMap<string, RouteParameter>;

  /** @throws {QueryError} for a parameter that is unknown, missing, or not of its type */
  constructor(parameters: readonly RouteParameter[], search: URLSearchParams) {
    this.#parameters = new Map(parameters.map((parameter) => [parameter.name, parameter]));
    for (const [name, value] of search) {
      const parameter = this.#parameters.get(name);
      if (parameter === undefined) {
        const names = parameters.map((each) => each.name).join(", ");
        throw new QueryError(name.slice(0, 64), `is not a parameter here; there are ${names || "none"}`);
      }
      if (parameter.type !== "texts" && this.#values.has(name)) throw new QueryError(name, "may be given once only");
      const parts = parameter.type === "texts" ? value.split(",").filter((part) => part !== "") : [value];
      this.#values.set(name, [...(this.#values.get(name) ?? []), ...parts]);
    }
    for (const { name, required } of parameters) {
      if (required && (this.#values.get(name)?.[0] ?? "") === "") throw new QueryError(name, "is missing");
    }
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name)?.[0];
    return value === "" ? undefined : value;
  }

  texts(name: string): readonly string[] | undefined {
    return this.#values.get(name);
  }

  word<const T extends string>(name: string, words: readonly T[]): T | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : wordOf(name, value, words);
  }

  words<const T extends string>(name: string, words: readonly T[]): readonly T[] | undefined {
    return this.#values.get(name)?.map((value) => wordOf(name, value, words));
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    const type = this.#parameters.get(name)?.type;
    if (value === undefined || type === undefined) return undefined;
    const number = type === "time" ? timeOf(value) : type === "duration" ? durationOf(value) : plainNumber(value);
    if (number !== undefined) return number;
    throw new QueryError(name, `must be ${EXPECTED[type]}`);
  }
}

const EXPECTED: Readonly<Record<ParameterType, string>> = {
  text: "a text",
  texts: "a text",
  integer: "a whole number",
  number: "a number",
  time: "RFC 3339, or milliseconds since 1970",
  duration: "milliseconds, or a number with ms, s, m, h or d",
};

const UNITS: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

function durationOf(value: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)?$/.exec(value) ?? [];
  return digits === undefined ? undefined : Math.round(Number(digits) * (UNITS[unit] ?? 1));
}

function timeOf(value: string): number | undefined {
  if (/^\d{1,16}$/.test(value)) return Number(value);
  // A plus in a query string is read as a space.
  const text = value.replace(/ (\d{2}:\d{2})$/, "+$1");
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/i.test(text);
  const time = isDate ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function plainNumber(value: string): number | undefined {
  return /^-?\d{1,16}(?:\.\d{1,16})?$/.test(value) ? Number(value) : undefined;
}

function wordOf<const T extends string>(name: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new QueryError(name, `must be one of ${words.join(", ")}`);
  return found;
}
