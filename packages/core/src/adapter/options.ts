import { redactText } from "../redact/redact.js";

/**
 * An option that a factory can't work with. The message says which option, what it was and what it may be:
 * `natsSink: option "maxInFlight" is 0; it must be a whole number from 1 to 1000`.
 */
export class OptionError extends TypeError {
  override readonly name = "OptionError";
  /** The factory that refused it, such as `natsSink`. */
  readonly factory: string;
  /** The option, such as `retry.maxAttempts`. */
  readonly option: string;

  constructor(factory: string, option: string, problem: string) {
    super(`${factory}: option "${option}" ${problem}`);
    this.factory = factory;
    this.option = option;
  }
}

/** How one option is checked. `Value` is what comes out of it, its default included. */
export interface OptionRule<Value> {
  /** Ends the sentence "it must be …". */
  readonly expected: string;
  /** Returns the value to use, or {@link INVALID}. `undefined` means that the option was not given. */
  read(value: unknown, at: Place): Value | typeof INVALID;
  /** Options that hold credentials are never shown. */
  readonly secret?: boolean;
}

/** Which option of which factory is being read. */
export interface Place {
  readonly factory: string;
  readonly option: string;
}

/** What a rule returns for a value that it doesn't take. */
const INVALID: unique symbol = Symbol("invalid");

/** The rules of a factory: one for each option, by name. */
export type OptionRules = Readonly<Record<string, OptionRule<unknown>>>;

/** What {@link readOptions} returns for these rules. */
export type ReadOptions<Rules extends OptionRules> = {
  readonly [Name in keyof Rules]: Rules[Name] extends OptionRule<infer Value> ? Value : never;
};

/** Rules that name every option of a type, so that none is forgotten: `satisfies RulesFor<NatsSinkOptions>`. */
export type RulesFor<Options> = { readonly [Name in keyof Options]-?: OptionRule<unknown> };

/**
 * Returns the options with their defaults, each checked by its rule.
 *
 * @param factory is the name that errors begin with.
 * @throws {OptionError} for a value that its rule refuses, and for an option that no rule has.
 */
export function readOptions<Rules extends OptionRules>(
  factory: string,
  options: unknown,
  rules: Rules,
): ReadOptions<Rules> {
  return readGroup({ factory, option: "" }, options, rules);
}

function readGroup<Rules extends OptionRules>(at: Place, options: unknown, rules: Rules): ReadOptions<Rules> {
  const given = options ?? {};
  const { factory } = at;
  if (typeof given !== "object")
    throw new OptionError(factory, at.option || "options", `is ${shown(given)}; it must be an object`);
  const pathOf = (name: string) => (at.option === "" ? name : `${at.option}.${name}`);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(rules, name) || Reflect.get(given, name) === undefined) continue;
    const nearest = nearestOf(name, Object.keys(rules));
    const advice = nearest === undefined ? `use one of ${Object.keys(rules).join(", ")}` : `did you mean "${nearest}"?`;
    throw new OptionError(factory, pathOf(name), `is unknown; ${advice}`);
  }
  const result: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value: unknown = Reflect.get(given, name);
    const option = pathOf(name);
    const read = rule.read(value, { factory, option });
    if (read === INVALID) {
      const was = value === undefined ? "is missing" : `is ${rule.secret ? kindOf(value) : shown(value)}`;
      throw new OptionError(factory, option, `${was}; it must be ${rule.expected}`);
    }
    result[name] = read;
  }
  // Each name has the value that its own rule returned.
  return result as ReadOptions<Rules>;
}

/** A rule by a test: for values that only the factory knows. `fallback` is the default where the option is absent. */
export function value<Value, Fallback>(
  expected: string,
  test: (value: unknown) => value is Value,
  fallback: Fallback,
): OptionRule<Value | Fallback> {
  return { expected, read: (given) => (given === undefined ? fallback : test(given) ? given : INVALID) };
}

/** The same rule, for an option that must be given. */
// biome-ignore lint/complexity/noBannedTypes: `{} | null` is every value but undefined
export function required<Value>(rule: OptionRule<Value>): OptionRule<Value & ({} | null)> {
  return {
    ...rule,
    read: (given, at) => {
      const read = given === undefined ? INVALID : rule.read(given, at);
      return read === undefined ? INVALID : read;
    },
  };
}

/** The same rule, for an option that holds credentials: errors never show it. */
export function secret<Value>(rule: OptionRule<Value>): OptionRule<Value> {
  return { ...rule, secret: true };
}

/** A whole number from `least` to `most`. */
export function wholeNumber<Fallback>(least: number, most: number, fallback: Fallback): OptionRule<number | Fallback> {
  const expected =
    most === Number.MAX_SAFE_INTEGER ? `a whole number of ${least} or more` : `a whole number from ${least} to ${most}`;
  return value(
    expected,
    (given): given is number => Number.isSafeInteger(given) && within(given, least, most),
    fallback,
  );
}

/** A time in milliseconds that a timer can wait: a whole number from `least` to 2,147,483,647. */
export function milliseconds<Fallback>(
  least: number,
  fallback: Fallback,
  most = MAX_TIMER_MS,
): OptionRule<number | Fallback> {
  const rule = wholeNumber(least, most, fallback);
  return { ...rule, expected: `${rule.expected} (milliseconds)` };
}

/** The longest time that a timer can wait, in milliseconds. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** One of these texts. */
export function oneOf<const Value extends string, const Fallback>(
  values: readonly Value[],
  fallback: Fallback,
): OptionRule<Value | Fallback> {
  const known = new Set<unknown>(values);
  return value(alternatives(values), (given): given is Value => known.has(given), fallback);
}

/** A text that is not empty. */
export function text<Fallback>(fallback: Fallback): OptionRule<string | Fallback> {
  return value(
    "a text that is not empty",
    (given): given is string => typeof given === "string" && given !== "",
    fallback,
  );
}

/** `true` or `false`. */
export function flag<Fallback>(fallback: Fallback): OptionRule<boolean | Fallback> {
  return value("true or false", (given): given is boolean => typeof given === "boolean", fallback);
}

/** A function, which is not called to be checked. Its type is the caller's to state: `callback<OnFailure>()`. */
export function callback<Callback extends (...parameters: never[]) => unknown>(): OptionRule<Callback | undefined> {
  return value("a function", (given): given is Callback => typeof given === "function", undefined);
}

/** An object with these methods: a client or another part that the caller passes in. */
export function objectWith<Value>(expected: string, ...methods: string[]): OptionRule<Value | undefined> {
  return value(
    expected,
    (given): given is Value =>
      given !== null &&
      (typeof given === "object" || typeof given === "function") &&
      methods.every((method) => typeof Reflect.get(given, method) === "function"),
    undefined,
  );
}

/** A list of these texts, each at most once; without `values`, of any text. */
export function listOf<const Value extends string, Fallback>(
  values: readonly Value[] | undefined,
  fallback: Fallback,
): OptionRule<readonly Value[] | Fallback> {
  const known = values && new Set<unknown>(values);
  const expected = values === undefined ? "a list of texts" : `a list of ${alternatives(values)}`;
  return value(
    expected,
    (given): given is readonly Value[] =>
      Array.isArray(given) && given.every((item) => (known === undefined ? typeof item === "string" : known.has(item))),
    fallback,
  );
}

/** A group of options with rules of its own, such as `retry`. */
export function group<Rules extends OptionRules>(rules: Rules): OptionRule<ReadOptions<Rules>> {
  return { expected: "an object", read: (given, at) => (given === null ? INVALID : readGroup(at, given, rules)) };
}

function within(given: unknown, least: number, most: number): given is number {
  return typeof given === "number" && given >= least && given <= most;
}

function alternatives(values: readonly string[]): string {
  const quoted = values.map((one) => `"${one}"`);
  return quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** A value for an error message: bounded and without credentials. */
function shown(given: unknown): string {
  if (typeof given === "string") {
    const clean = redactText(given);
    return JSON.stringify(clean.length > 60 ? `${clean.slice(0, 60)}…` : clean);
  }
  return typeof given === "number" || typeof given === "boolean" ? String(given) : kindOf(given);
}

function kindOf(given: unknown): string {
  if (given === null) return "null";
  if (Array.isArray(given)) return "a list";
  const kind = typeof given;
  return kind === "object" ? "an object" : `a ${kind}`;
}

/** Returns the name that a misspelt one most likely means, or `undefined` where none is near. */
export function nearestOf(misspelt: string, names: readonly string[]): string | undefined {
  const wanted = misspelt.slice(0, 64).toLowerCase();
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const known = name.toLowerCase();
    const shortened = wanted.length > 2 && (known.startsWith(wanted) || wanted.startsWith(known));
    const distance = shortened ? 1 : editDistance(wanted, known);
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}

/** Levenshtein's distance: how many letters to insert, delete or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
