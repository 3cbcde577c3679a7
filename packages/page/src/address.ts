export const VIEWS = ["fleet", "timeline", "moment", "slo", "dora", "delivery", "sync", "event"] as const;
export type View = (typeof VIEWS)[number];

/** The fixed order of parameters, so that one place has one address. */
export const PARAMETERS = [
  "repo",
  "cluster",
  "env",
  "ns",
  "state",
  "q",
  "sort",
  "at",
  "window",
  "last",
  "from",
  "to",
  "by",
  "explain",
  "cursor",
] as const;
export type ParameterName = (typeof PARAMETERS)[number];
export type RouteValues = Readonly<Partial<Record<string, string | undefined>>>;

/** The address of a place; parameters in their order, empty ones left out. Values are encoded here. */
export function href(view: View, values: RouteValues = {}, id?: string): string {
  const pairs = PARAMETERS.flatMap((name) => {
    const value = values[name];
    if (value === undefined || value === "") return [];
    return [`${name}=${name === "repo" ? value : encode(value)}`];
  });
  const path = `#/${view}${id === undefined ? "" : `/${encodeURIComponent(id)}`}`;
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/** Readable where it can be: `:`, `,` and `/` need no code in a fragment. */
function encode(value: string): string {
  return encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/");
}

/** Whose view it is. */
export interface PlaceRepository {
  readonly clusterId: string;
  readonly namespace: string;
  readonly repoName: string;
}

/** A repository as one parameter: `cluster/namespace/name`, each part encoded. */
export function repoParameter({ clusterId, namespace, repoName }: PlaceRepository): string {
  return [clusterId, namespace, repoName].map(encodeURIComponent).join("/");
}

const SCOPE = ["cluster", "env", "ns"] as const;
const RANGE = ["last", "from", "to"] as const;

/** What each view reads. */
const READ_BY: Readonly<Record<View, readonly ParameterName[]>> = {
  fleet: [...SCOPE, "state", "q", "sort", "cursor"],
  timeline: [...SCOPE, ...RANGE],
  moment: ["repo", "at", "window"],
  slo: [...SCOPE, ...RANGE, "explain"],
  dora: ["repo", ...SCOPE, ...RANGE, "by", "explain"],
  delivery: [],
  sync: ["repo"],
  event: [],
};

/** A place of the page, for a link from elsewhere. */
export interface Place {
  readonly view: View;
  /** Of a sync or an event. */
  readonly id?: string | undefined;
  readonly repository?: PlaceRepository | undefined;
  /** By their names in the page's addresses; several values with commas, times as RFC 3339, spans as `15m`. */
  readonly values?: Readonly<Partial<Record<Exclude<ParameterName, "repo">, string | undefined>>>;
}

/** Returns the address of a place, relative to the page: `#/moment?repo=…&at=…`. What its view does not read is left out. */
export function addressOf({ view, id, repository, values = {} }: Place): string {
  const all: RouteValues = { ...values, repo: repository && repoParameter(repository) };
  return href(view, Object.fromEntries(READ_BY[view].map((name) => [name, all[name]])), id);
}
