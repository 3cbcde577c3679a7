import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { OVERRIDES, optionName, SECRET_OVERRIDES } from "./overrides.js";
import { type ConfigFile, readConfigFile } from "./read-yaml.js";
import { type Config, ConfigError, type SecretReference } from "./types.js";
import { validate } from "./validate.js";

/** The configuration as `serve` uses it: complete, with its secrets. */
export interface Settings extends Omit<Config<string>, "listen" | "data" | "cluster"> {
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
  /** An absolute path. */
  readonly data: string;
}

/** What the configuration is read from. */
export interface Given {
  /** Commander's values. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the file, the environment and the options, and the secrets that they name.
 *
 * @throws {ConfigError} with one line for each problem
 */
export function loadSettings(given: Given): Settings {
  const path = textOf(given.options["config"]) ?? given.env["ALUMIINI_CONFIG"];
  const file = path === undefined ? undefined : readConfigFile(path);
  const { content, origins } = merge(file, given);
  const place = (at: readonly string[]): string => placeOf(at, file, origins);
  const config = validate(content);
  if (isProblems(config)) {
    throw new ConfigError(config.map((problem) => `${place(problem.path)}: ${problem.path.join(".")} ${problem.text}`));
  }
  const problems: string[] = [];
  const secrets = resolveSecrets(config, given.env, (at, text) =>
    problems.push(`${place(at)}: ${at.join(".")} ${text}`),
  );
  const [host, port] = splitListen(config.listen ?? "127.0.0.1:8080");
  const settings: Settings = {
    ...secrets,
    cluster: config.cluster ?? "default",
    data: resolve(config.data ?? defaultDataDirectory(given.env)),
    host,
    port,
    isLoopback: isLoopbackHost(host),
  };
  problems.push(...contradictions(settings, place));
  if (problems.length > 0) throw new ConfigError(problems);
  return settings;
}

/** `$XDG_DATA_HOME/alumiini`, by default `~/.local/share/alumiini`. */
function defaultDataDirectory(env: Given["env"]): string {
  return join(env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "alumiini");
}

export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Reads the token that a client sends: `ALUMIINI_TOKEN`, or the file that `--token-file` or `ALUMIINI_TOKEN_FILE` names. */
export function clientToken({ options, env }: Given): string | undefined {
  const file = textOf(options["tokenFile"]) ?? (env["ALUMIINI_TOKEN"] ? undefined : env["ALUMIINI_TOKEN_FILE"]);
  if (file === undefined) return env["ALUMIINI_TOKEN"] || undefined;
  const read = readSecret({ file }, env);
  if (read.problem !== undefined) throw new ConfigError([`--token-file: ${read.problem}`]);
  return read.secret;
}

type Tree = Record<string, unknown>;

function merge(file: ConfigFile | undefined, { options, env }: Given): { content: Tree; origins: Map<string, string> } {
  const content: Tree = structuredClone({ ...file?.content });
  const origins = new Map<string, string>();
  const set = (path: readonly string[], value: unknown, origin: string): void => {
    let node = content;
    for (const name of path.slice(0, -1)) {
      const child = node[name];
      const next: Tree = typeof child === "object" && child !== null && !Array.isArray(child) ? { ...child } : {};
      // A source's secret takes the place of what the file says of that source.
      node[name] = path[0] === "sources" && name === path.at(-2) ? {} : next;
      node = Object(node[name]);
    }
    node[path.at(-1) ?? ""] = value;
    origins.set(path.join("."), origin);
  };
  for (const { path, env: variable, option, list } of OVERRIDES) {
    const split = (text: string) => (list ? text.split(",").map((part) => part.trim()) : text);
    const byOption = option && textOf(options[optionName(option.flags)]);
    const byEnv = env[variable];
    if (option !== undefined && byOption !== undefined) set(path, split(byOption), option.flags.split(" ")[0] ?? "");
    else if (byEnv !== undefined && byEnv !== "") set(path, split(byEnv), variable);
  }
  for (const { path, env: variable } of SECRET_OVERRIDES) {
    const file = env[`${variable}_FILE`];
    if (env[variable]) set(path, { env: variable }, variable);
    else if (file) set(path, { file }, `${variable}_FILE`);
  }
  return { content, origins };
}

/** An option's or variable's name where that gave the value, else the line of the file. */
function placeOf(path: readonly string[], file: ConfigFile | undefined, origins: Map<string, string>): string {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(path.slice(0, length).join("."));
    if (origin !== undefined) return origin;
  }
  return file?.placeOf(path) ?? "configuration";
}

const SHORTEST_SECRET = 16;

/** Puts the secrets in the place of what names them. */
function resolveSecrets(
  config: Config,
  env: Given["env"],
  report: (path: readonly string[], text: string) => void,
): Config<string> {
  const walk = (value: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
    if (isReference(value)) {
      const { secret, problem } = readSecret(value, env);
      if (problem !== undefined) report(path, `can't be read: ${problem}`);
      else if (path.join(".") === "auth.token" && secret.length < SHORTEST_SECRET) {
        report(path, `is too short; it must have ${SHORTEST_SECRET} characters or more (openssl rand -hex 32)`);
      }
      return secret ?? "";
    }
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, walk(child, [...path, name])]));
  };
  // The walk changes the references alone, and those into texts.
  return walk(config, []) as Config<string>;
}

function isReference(value: object): value is SecretReference {
  const names = Object.keys(value);
  return names.length === 1 && (names[0] === "env" || names[0] === "file");
}

type SecretResult = { secret: string; problem?: undefined } | { secret?: undefined; problem: string };

function readSecret(reference: SecretReference, env: Given["env"]): SecretResult {
  if ("env" in reference) {
    const secret = env[reference.env];
    return secret ? { secret } : { problem: `the environment has no ${reference.env}` };
  }
  try {
    const secret = readFileSync(reference.file, "utf8").replace(/\r?\n$/, "");
    return secret === "" ? { problem: `${reference.file} is empty` } : { secret };
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
    return { problem: `${reference.file} ${code === "ENOENT" ? "does not exist" : `can't be read (${String(code)})`}` };
  }
}

/** What each setting allows and all together don't. */
function contradictions(settings: Settings, place: (path: readonly string[]) => string): string[] {
  const problems: string[] = [];
  const report = (path: readonly string[], text: string) => problems.push(`${place(path)}: ${path.join(".")} ${text}`);
  if (!settings.isLoopback && settings.auth === undefined) {
    report(["listen"], "can be reached from elsewhere: set auth.token, by ALUMIINI_TOKEN_FILE or ALUMIINI_TOKEN");
  }
  const { nats, kafka } = settings.sinks ?? {};
  if ((nats?.user === undefined) !== (nats?.password === undefined)) {
    report(["sinks", "nats", "user"], "and sinks.nats.password belong together");
  }
  if (nats?.token !== undefined && nats.user !== undefined) {
    report(["sinks", "nats", "token"], "and sinks.nats.user exclude each other");
  }
  for (const server of nats?.servers ?? []) {
    if (/^[^/]*\/\/[^/]*@/.test(server))
      report(["sinks", "nats", "servers"], "must be without credentials; use user and password, or token");
    else if (!/^(?:(?:nats|tls|ws|wss):\/\/)?[^\s/:@]+(?::\d+)?\/?$/.test(server)) {
      report(["sinks", "nats", "servers"], "must be URLs such as nats://nats:4222");
    }
  }
  for (const broker of kafka?.brokers ?? []) {
    if (!/^[^\s:/]+:\d{1,5}$/.test(broker))
      report(["sinks", "kafka", "brokers"], "must be host:port, such as kafka-1:9092");
  }
  const url = settings.history?.postgresql?.url;
  if (url && !/^postgres(?:ql)?:\/\//.test(url)) {
    report(["history", "postgresql", "url"], "must be postgresql://user:password@host:port/database");
  }
  return problems;
}

function splitListen(listen: string): [host: string, port: number] {
  const colon = listen.lastIndexOf(":");
  return [listen.slice(0, colon).replace(/^\[|\]$/g, ""), Number(listen.slice(colon + 1))];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isProblems(
  value: ReturnType<typeof validate>,
): value is Extract<ReturnType<typeof validate>, readonly unknown[]> {
  return Array.isArray(value);
}
