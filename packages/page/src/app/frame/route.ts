import type { RepositoryId } from "@alumiini/history";
import { href, PARAMETERS, type RouteValues, repoParameter, VIEWS, type View } from "../../address.js";
import { Store } from "../api/store.js";
import { span } from "../words/times.js";

export { href, type RouteValues, repoParameter, VIEWS, type View };

/** A place: what a link says. */
export interface Route {
  readonly view: View;
  /** The id of `#/sync/<id>` and `#/event/<id>`. */
  readonly id: string;
  /** Parameters as they stand in the address, undecoded. */
  readonly raw: Readonly<Record<string, string>>;
  /** A word that is no view. */
  readonly unknown: string | undefined;
}

function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name = "", ...rest] = path.split("/");
  const raw: Record<string, string> = Object.create(null);
  for (const pair of query.split("&")) {
    const at = pair.indexOf("=");
    const known = PARAMETERS.find((each) => each === pair.slice(0, at));
    if (known !== undefined) raw[known] = pair.slice(at + 1);
  }
  const view = VIEWS.find((each) => each === name) ?? "fleet";
  const unknown = name === "" || name === view ? undefined : decode(name);
  return { view, id: decode(rest.join("/")), raw, unknown };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The value of a parameter, decoded. */
export function value(route: Route, name: string): string {
  return decode(route.raw[name] ?? "");
}

/** A list that stands in one parameter. */
export function list(route: Route, name: string): string[] {
  return (route.raw[name] ?? "")
    .split(",")
    .map(decode)
    .filter((each) => each !== "");
}

/** The repository that a link names, if it does. */
export function repositoryOf(route: Route): RepositoryId | undefined {
  const parts = (route.raw["repo"] ?? "").split("/").map(decode);
  const [clusterId, namespace, repoName] = parts;
  if (clusterId === undefined || namespace === undefined || repoName === undefined || repoName === "") return undefined;
  return { clusterId, namespace, repoName };
}

/** The values as they stand, for a link that changes some of them. */
export function values(route: Route): Record<string, string> {
  return Object.fromEntries(
    Object.entries(route.raw).map(([name, raw]) => [name, name === "repo" ? raw : decode(raw)]),
  );
}

/** What stays when the view changes. */
export function carried(route: Route): RouteValues {
  return { cluster: value(route, "cluster"), env: value(route, "env"), ns: value(route, "ns") };
}

/** The limits that a question takes from the address. */
export function scopeOf(route: Route) {
  return {
    clusterId: list(route, "cluster"),
    environment: list(route, "env"),
    namespace: list(route, "ns"),
  };
}

/** A span of time in an address: `last`, or `from` and `to`. */
export interface Span {
  readonly last: string | undefined;
  readonly since: number;
  readonly until: number;
}

export function spanOf(route: Route, fallback: string, now: number): Span {
  const from = Date.parse(value(route, "from"));
  const to = Date.parse(value(route, "to"));
  if (!Number.isNaN(from) && !Number.isNaN(to) && from < to) return { last: undefined, since: from, until: to };
  const last = span(value(route, "last")) === undefined ? fallback : value(route, "last");
  return { last, since: now - (span(last) ?? 0), until: now };
}

export const route = new Store<Route>(readRoute(location.hash));

addEventListener("hashchange", () => route.set(readRoute(location.hash)));

/** Goes to a place; `replace` leaves no step behind. */
export function go(address: string, { replace = false } = {}): void {
  if (replace) {
    history.replaceState(null, "", address);
    route.set(readRoute(location.hash));
  } else {
    location.hash = address;
  }
}
