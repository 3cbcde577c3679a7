/** What the page calls a parameter of `/v1`. */
const NAMES: Readonly<Record<string, string>> = {
  environment: "env",
  states: "state",
  search: "q",
  by: "by",
  explain: "explain",
};

/**
 * Returns where the page shows the answer to the same question, with what of it the page can take.
 *
 * @param view `#/fleet`
 */
export function pageLink(view: string, parameters: URLSearchParams, now: number): string {
  const given = (name: string) => parameters.get(name) ?? undefined;
  const pairs: string[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") pairs.push(`${name}=${value}`);
  };
  const [cluster, namespace, repository] = ["clusterId", "namespace", "repoName"].map(given);
  const isOne = [cluster, namespace, repository].every((part) => part !== undefined && !part.includes(","));
  if (isOne) add("repo", [cluster, namespace, repository].map((part = "") => encodeURIComponent(part)).join("/"));
  else {
    add("cluster", encoded(cluster));
    add("ns", encoded(namespace));
  }
  for (const [name, on] of Object.entries(NAMES)) add(on, encoded(given(name)));
  add("at", isoOf(given("at")));
  const window = Number(given("windowMs"));
  if (window > 0) add("window", `${Math.max(1, Math.round(window / 60_000))}m`);
  const since = isoOf(given("since"));
  if (since !== undefined) {
    add("from", since);
    add("to", isoOf(given("until")) ?? new Date(now).toISOString());
  }
  const id = given("syncId");
  const path = id === undefined ? view : `${view}/${encodeURIComponent(id)}`;
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

/** Each of several, the commas between them left as they are. */
function encoded(value: string | undefined): string | undefined {
  return value?.split(",").map(encodeURIComponent).join(",");
}

function isoOf(milliseconds: string | undefined): string | undefined {
  const time = new Date(Number(milliseconds ?? Number.NaN));
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
