import type { AluminiEvent, AttributeValue } from "@alumiini/core";

/** The other end of a git connection. */
export interface Remote {
  /** A name or an IP address. */
  readonly host: string;
  /** 1 to 65,535. */
  readonly port?: number;
  /** The IP address, where the host is one or the event has `network.peer.address`. */
  readonly address?: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ssh: 22, git: 9418 };

const AUTHORITY =
  /^(?:git\+)?([a-z][a-z\d.-]*):\/\/(?:[^/?#]*@)?(\[[\da-f:.]+\]|[^:/?#[\]@\s]+)(?::(\d{1,5}))?(?=[/?#]|$)/i;
/** `git@host:path`; one letter before the colon is a drive of Windows. */
const SCP_LIKE = /^(?:[^\s/:@]+@)?(\[[\da-f:.]+\]|[^\s/:@[\]]{2,}):(?!\/\/)./i;

const IP_V4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/**
 * Where the git remote of an event listens. The attributes of the event come first, under the names of OpenTelemetry:
 * `server.address` and `server.port`, and `network.peer.address` and `network.peer.port` for what the name was resolved
 * to, which kernel events have. What they leave open follows from `repoUrl`.
 */
export function remoteOf({ repoUrl = "", attributes = {} }: AluminiEvent): Remote | undefined {
  const [, scheme = "ssh", name, givenPort] = AUTHORITY.exec(repoUrl) ?? fromScp(repoUrl);
  const fromUrl = name?.replace(/^\[|\]$/g, "");
  const peer = toText(attributes["network.peer.address"]);
  const host = toText(attributes["server.address"]) ?? fromUrl ?? peer;
  if (host === undefined) return undefined;
  const port =
    toPort(attributes["network.peer.port"]) ??
    toPort(attributes["server.port"]) ??
    (fromUrl === undefined ? undefined : toPort(Number(givenPort ?? DEFAULT_PORTS[scheme.toLowerCase()])));
  const address = peer ?? (isAddress(host) ? host : undefined);
  return { host, ...(port !== undefined && { port }), ...(address !== undefined && { address }) };
}

/** `host:port`, with brackets around an IPv6 address; the host alone where no port is known. */
export function endpointOf({ host, port }: Remote): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}

function isAddress(host: string): boolean {
  return host.includes(":") || IP_V4.test(host);
}

function fromScp(url: string): readonly (string | undefined)[] {
  const [, host] = SCP_LIKE.exec(url) ?? [];
  return [undefined, undefined, host];
}

function toText(value: AttributeValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** An attribute may hold the number as text. */
function toPort(value: AttributeValue | undefined): number | undefined {
  const port = typeof value === "string" ? Number(value) : value;
  return typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}
