import { MAX_TIMER_MS, OptionError, readProperty } from "@alumiini/core/adapter";
import type { NatsConnection } from "./client.js";
import type { ConnectionSource } from "./session.js";

/** The `connect` of a client. Declared as a method, so that one which asks for options of its own type fits. */
export type ConnectFunction = { connect(options: object): Promise<NatsConnection> }["connect"];

/** Servers for a connection of the sink's own, which it closes, and opens anew whenever it has ended. */
export interface GivenServers {
  readonly connection?: undefined;
  /** Such as `nats://host:4222`; several in an array or separated by commas. Credentials in them are never shown. */
  readonly servers: string | readonly string[];
  /**
   * Further options of the client's `connect`, handed to it as they are: `tls`, `authenticator`, `user`, `token`, ….
   * Defaults that differ from the clients': `reconnect: false` (the sink opens another connection itself),
   * `timeout: 5_000` for each server, `pingInterval` off (the sink pings by itself), `name: "alumiini"`.
   */
  readonly connectOptions?: object | undefined;
  /** The client's `connect`. Default: that of `@nats-io/transport-node`, or of `nats` where only that is installed. */
  readonly connect?: ConnectFunction | undefined;
}

/** What a client is given unless its user says otherwise. */
const DEFAULTS = {
  name: "alumiini",
  // The session opens another connection: it says why that fails, and version 2 can get stuck on a dead server.
  reconnect: false,
  // For each server, so that one which swallows packets does not hold up the next for 20 seconds.
  timeout: 5000,
  // The session pings, with a timer that does not keep the process alive.
  pingInterval: MAX_TIMER_MS,
};

/** Opens connections with the given client, or with the installed one: version 3 where both are. */
export function connectingSource({ servers: given, connectOptions, connect }: GivenServers): ConnectionSource {
  const { servers, credentials } = readServers(given);
  return {
    owned: true,
    async open() {
      const open = connect ?? (await installedConnect());
      try {
        return await open({ ...DEFAULTS, ...credentials, ...connectOptions, servers });
      } catch (error) {
        throw new Error(`no connection to NATS at ${servers.join(", ")}: ${explain(error)}`, { cause: error });
      }
    },
  };
}

async function installedConnect(): Promise<ConnectFunction> {
  try {
    return (await import("@nats-io/transport-node")).connect;
  } catch (error) {
    if (!isMissing(error, "@nats-io/transport-node")) throw error;
  }
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ "nats")).connect;
  } catch (error) {
    if (!isMissing(error, "nats")) throw error;
  }
  throw new Error("natsSink found no NATS client: npm install @nats-io/transport-node");
}

function isMissing(error: unknown, name: string): boolean {
  const code = readProperty(error, "code");
  const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  return missing && String(readProperty(error, "message")).includes(`'${name}'`);
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = /authori[sz]ation|authentication/i.test(`${message} ${String(readProperty(error, "code"))}`)
    ? "; the server refuses the credentials, check them and the account"
    : "";
  return message + hint;
}

/** Servers as a client takes them, and the credentials that their URLs held. */
export interface Servers {
  readonly servers: string[];
  readonly credentials: { readonly user: string; readonly pass: string } | { readonly token: string } | undefined;
}

/**
 * Takes credentials out of server URLs, where neither client looks for them: `nats://user:password@host:4222`,
 * `nats://token@host:4222`.
 *
 * @throws {OptionError} when there is no server, one is not a URL, or they hold different credentials. The message shows none.
 */
export function readServers(given: string | readonly string[]): Servers {
  const urls = (typeof given === "string" ? given.split(",") : given).map(parse);
  if (urls.length === 0) throw new OptionError("natsSink", "servers", "is empty");
  const [first] = urls;
  const same = urls.every((url) => url.username === first?.username && url.password === first.password);
  if (!same) throw new OptionError("natsSink", "servers", "must all hold the same credentials, or none");
  return { servers: urls.map(withoutCredentials), credentials: credentialsOf(first) };
}

function withoutCredentials(url: URL): string {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  return plain.href;
}

function parse(server: string): URL {
  const text = server.trim();
  try {
    const url = new URL(text.includes("://") ? text : `nats://${text}`);
    if (url.host !== "") return url;
  } catch {
    // The error would show what was given, password included.
  }
  throw new OptionError("natsSink", "servers", "has one that is not a URL such as nats://host:4222");
}

function credentialsOf(url: URL | undefined): Servers["credentials"] {
  if (url === undefined || url.username === "") return undefined;
  const user = decode(url.username);
  return url.password === "" ? { token: user } : { user, pass: decode(url.password) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A percent sign that escapes nothing.
  }
}
