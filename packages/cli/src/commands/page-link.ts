import type { FleetAnswer, RepositoryId, SyncAnswer, SyncRow } from "@alumiini/history";
import type { View } from "@alumiini/page";
import type { Answers } from "../client/answers.js";
import { Fields } from "../client/fields.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Returns where the page shows the answer to the same question, with what of it the view can take. */
export async function pageLink(
  view: View,
  parameters: URLSearchParams,
  answer: unknown,
  now: number,
  answers: Answers,
): Promise<string> {
  const { addressOf } = await import("@alumiini/page");
  const given = (name: string) => parameters.get(name) ?? undefined;
  return addressOf({
    view,
    id: given("syncId"),
    repository: await repositoryOf(view, parameters, answer, answers),
    values: {
      cluster: given("clusterId"),
      env: given("environment"),
      ns: given("namespace"),
      state: given("states"),
      // Fleet has no filter for names alone; one name is found by its text.
      q: given("search") ?? only(given("repoName")),
      by: given("by"),
      explain: given("explain"),
      at: isoOf(numberOf(given("at"))),
      window: spanOf(numberOf(given("windowMs"))),
      ...rangeOf(parameters, answer, now),
    },
  });
}

/** The one repository of the question, by its whole name. */
async function repositoryOf(
  view: View,
  parameters: URLSearchParams,
  answer: unknown,
  answers: Answers,
): Promise<RepositoryId | undefined> {
  if (view === "sync") return repositoryIn(new Fields<SyncAnswer>(answer).part("sync"));
  const [clusterId, namespace, repoName] = ["clusterId", "namespace", "repoName"].map((name) =>
    only(parameters.get(name) ?? undefined),
  );
  if (repoName === undefined) return undefined;
  if (clusterId !== undefined && namespace !== undefined) return { clusterId, namespace, repoName };
  if (view !== "dora") return undefined;
  const asked = new URLSearchParams({ limit: "2" });
  for (const name of ["clusterId", "environment", "namespace", "repoName"]) {
    const value = parameters.get(name);
    if (value !== null) asked.set(name, value);
  }
  const [first, ...others] = new Fields<FleetAnswer>(await (await answers.get("/v1/fleet", asked)).json()).list(
    "items",
  );
  return first !== undefined && others.length === 0 ? repositoryIn(first) : undefined;
}

function repositoryIn(row: Fields<RepositoryId> | Fields<SyncRow>): RepositoryId | undefined {
  const [clusterId, namespace, repoName] = [row.text("clusterId"), row.text("namespace"), row.text("repoName")];
  if (clusterId === null || namespace === null || repoName === null) return undefined;
  return { clusterId, namespace, repoName };
}

/**
 * The time that was asked about, in whole seconds: what the page's own links to the past have. Without a beginning it is
 * the one of the answer, or of the oldest sync that was printed.
 */
function rangeOf(parameters: URLSearchParams, answer: unknown, now: number): { from?: string; to?: string } {
  const told = new Fields<{ since: number; until: number; items: readonly SyncRow[] }>(answer);
  const [since, until] = ["since", "until"].map((name) => numberOf(parameters.get(name) ?? undefined));
  if (since === undefined && until === undefined) return {};
  const oldest = told.list("items").at(-1)?.number("at") ?? undefined;
  const [from, to] = [since ?? told.number("since") ?? oldest, until ?? told.number("until") ?? now];
  if (from === undefined) return {};
  const [start, end] = [Math.floor(from / SECOND) * SECOND, Math.ceil(to / SECOND) * SECOND];
  const [first, last] = [isoOf(start), isoOf(end)];
  return first === undefined || last === undefined ? {} : { from: first, to: last };
}

/** Undefined for several. */
function only(value: string | undefined): string | undefined {
  return value === undefined || value.includes(",") ? undefined : value;
}

function numberOf(text: string | undefined): number | undefined {
  const number = Number(text ?? Number.NaN);
  return Number.isFinite(number) ? number : undefined;
}

function isoOf(milliseconds: number | undefined): string | undefined {
  const time = new Date(milliseconds ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString().replace(".000Z", "Z");
}

/** `15m`, `1h`: as the page's choice has it. */
function spanOf(milliseconds: number | undefined): string | undefined {
  if (milliseconds === undefined || milliseconds <= 0) return undefined;
  if (milliseconds % HOUR === 0) return `${milliseconds / HOUR}h`;
  if (milliseconds % MINUTE === 0) return `${milliseconds / MINUTE}m`;
  return `${Math.max(1, Math.round(milliseconds / SECOND))}s`;
}
