import type {
  AroundAnswer,
  DeadLettersAnswer,
  DoraAnswer,
  DoraMeasure,
  FleetAnswer,
  FleetRow,
  Match,
  SloAnswer,
  SyncAnswer,
  SyncRow,
} from "@alumiini/history";
import { CliError, EXIT } from "../client/errors.js";
import { Fields } from "../client/fields.js";
import { readMoment, readSpan } from "../output/moment.js";
import { type Cell, type Column, cell, table, wordCell } from "../output/table.js";
import { count, duration, percent, plural, type Style, time, visible } from "../output/words.js";

type Options = Readonly<Record<string, unknown>>;

/** A command that asks one thing: the same question as a route of `/v1` and a view of the page. */
export interface Question {
  readonly name: string;
  readonly description: string;
  readonly arguments?: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly (readonly [flags: string, description: string])[];
  readonly examples: readonly string[];
  readonly route: string;
  /** The list that `ndjson` prints an item a line; the whole answer without one. */
  readonly items?: string;
  /** Where the page shows the same. */
  readonly view: string;
  readonly parameters: (args: readonly string[], options: Options, now: number) => Readonly<Record<string, unknown>>;
  readonly print: (answer: unknown, style: Style, options: Options) => string[];
  /** Whether a condition of `--fail-on` holds. */
  readonly holds?: (answer: unknown, conditions: readonly string[]) => boolean;
}

const SCOPE = [
  ["--cluster-id <names>", "only these clusters"],
  ["--env <names>", "only these environments"],
  ["-n, --namespace <names>", "only these namespaces"],
  ["--repo <names>", "only repositories of these names"],
] as const;
const RANGE = [
  ["--last <span>", "the last 2h, 30d, 26w, …"],
  ["--since <time>", "from this time on"],
  ["--until <time>", "before this time"],
] as const;
const PAGE = [
  ["--limit <number>", "items of a page, 1 to 500"],
  ["--cursor <cursor>", "the next page, as the last line names it"],
] as const;
const FAIL_ON = (what: string) => ["--fail-on <conditions>", `exit with 5 where one holds: ${what}`] as const;

function scope(options: Options) {
  return {
    clusterId: options["clusterId"],
    environment: options["env"],
    namespace: options["namespace"],
    repoName: options["repo"],
  };
}

function range(options: Options, now: number) {
  const utc = options["utc"] === true;
  const at = (name: string) => (typeof options[name] === "string" ? readMoment(options[name], now, utc) : undefined);
  const last = typeof options["last"] === "string" ? now - readSpan(options["last"]) : undefined;
  return { since: at("since") ?? last, until: at("until") };
}

function page(options: Options) {
  return { limit: options["limit"], cursor: options["cursor"] };
}

/** `cluster/namespace/name`, `namespace/name` or `name`. Namespaces may have slashes of their own. */
function repository(text: string | undefined): Record<string, string> {
  const parts = (text ?? "").split("/");
  const repoName = parts.at(-1) ?? "";
  if (repoName === "") throw new CliError(EXIT.usage, "name a repository: name, namespace/name or cluster/namespace/name");
  if (parts.length === 1) return { repoName };
  if (parts.length === 2) return { namespace: parts[0] ?? "", repoName };
  return { clusterId: parts[0] ?? "", namespace: parts.slice(1, -1).join("/"), repoName };
}

function identity(row: Fields<FleetRow> | Fields<SyncRow>): Cell {
  const name = `${row.text("namespace") ?? "?"}/${row.text("repoName") ?? "?"}`;
  return { text: name, value: `${row.text("clusterId") ?? ""}/${name}` };
}

function revision(text: string | null): Cell {
  return { text: text === null ? "–" : /^[0-9a-f]{40,64}$/.test(text) ? text.slice(0, 7) : text, value: text };
}

function age(ms: number | null, style: Style): Cell {
  return { text: ms === null ? "–" : duration(Math.max(0, style.now - ms)), value: ms === null ? null : time(ms, style) };
}

const FLEET_COLUMNS: readonly Column<Fields<FleetRow>>[] = [
  { header: "STATE", cell: (row, style) => wordCell(row.text("state"), style) },
  { header: "REPOSITORY", name: true, cell: identity },
  { header: "SINCE", right: true, cell: (row, style) => age(row.number("since"), style) },
  { header: "RUNNING", cell: (row) => revision(row.text("runningRevision")) },
  { header: "WHY", shrinks: true, cell: (row) => cell(whyOf(row)) },
  { header: "WANTED", cell: (row) => revision(row.text("wantedRevision")) },
  { header: "CLUSTER", cell: (row) => cell(row.text("clusterId")) },
];

function whyOf(row: Fields<FleetRow>): string {
  const why = row.part("why");
  const code = (why.text("code") ?? "").replaceAll("_", " ");
  const more = [why.text("errorType"), why.text("errorMessage"), why.text("resourceKey")].filter((part) => part !== null);
  return more.length === 0 ? code : more.join(": ");
}

const SYNC_COLUMNS: readonly Column<Fields<SyncRow>>[] = [
  { header: "OUTCOME", cell: (row, style) => wordCell(row.text("outcome"), style) },
  { header: "REPOSITORY", name: true, cell: identity },
  { header: "WHEN", cell: (row, style) => cell(time(row.number("at"), style)) },
  { header: "REVISION", cell: (row) => revision(row.text("revision")) },
  { header: "WHY", shrinks: true, cell: (row) => cell([row.text("errorType"), row.text("errorMessage")].filter((part) => part !== null).join(": ") || row.text("trigger")) },
  { header: "CLUSTER", cell: (row) => cell(row.text("clusterId")) },
  { header: "TOOK", right: true, cell: (row) => ({ text: duration(row.number("durationMs")), value: row.number("durationMs") }) },
  { header: "SYNC", cell: (row) => cell(row.text("syncId")) },
];

const MATCH_COLUMNS: readonly Column<Fields<Match>>[] = [
  { header: "FROM THE MOMENT", right: true, cell: (row) => ({ text: `${(row.number("offsetMs") ?? 0) >= 0 ? "+" : ""}${duration(row.number("offsetMs"))}`, value: row.number("offsetMs") }) },
  { header: "WHAT", shrinks: true, cell: (row) => cell(row.part("event").text("title"), `${row.part("event").text("eventId") ?? ""} ${row.part("event").text("title") ?? ""}`) },
  { header: "MATCH", cell: (row, style) => wordCell(row.text("grade"), style) },
  { header: "WHY", shrinks: true, cell: (row) => cell(row.part("reason").text("text")) },
];

/** Only on a terminal: programs read the rows alone. */
function said(style: Style, ...lines: readonly (string | undefined | false)[]): string[] {
  return style.isTable ? lines.filter((line) => typeof line === "string").map(visible) : [];
}

function more(answer: Fields<{ nextCursor: string | null }>): string | undefined {
  const cursor = answer.text("nextCursor");
  return cursor === null ? undefined : `There is more: --cursor ${cursor}`;
}

const NOTHING_YET = "Nothing has arrived yet. See `alumiini setup flux`, `argocd`, `github` or `gitlab` for how to send.";

/** `fail-rate` and the like are shorter to type than the measures' names. */
const MEASURES: Readonly<Record<string, string>> = {
  frequency: "deploymentFrequency",
  "lead-time": "changeLeadTime",
  "fail-rate": "changeFailRate",
  recovery: "failedDeploymentRecoveryTime",
  rework: "deploymentReworkRate",
};

function measureValue(measure: Fields<DoraMeasure>): string {
  const value = measure.number("value");
  if (value === null) return "– no value";
  if (measure.text("unit") === "ms") return `${duration(value)} (9 of 10 within ${duration(measure.number("p90"))})`;
  return measure.text("unit") === "ratio" ? percent(value) : `${value.toPrecision(3)} per day`;
}

function coverageOf(answer: { part(name: "coverage"): Fields<DoraMeasure["coverage"]> }): string {
  const coverage = answer.part("coverage");
  return `${count(coverage.number("known"))} of ${count(coverage.number("total"))} ${coverage.text("of") ?? ""}`;
}

export const QUESTIONS: readonly Question[] = [
  {
    name: "fleet",
    description: "the state of every repository, worst first",
    options: [...SCOPE, ["--state <states>", "failing, stuck, drifted, stale, no_data, suspended, syncing, healthy"], ["--search <text>", "part of a name, revision or error"], ...PAGE, FAIL_ON("one of the states")],
    examples: ["alumiini fleet --state failing,stuck", "alumiini fleet --env production --fail-on failing", "alumiini fleet --output json | jq .counts"],
    route: "/v1/fleet",
    items: "items",
    view: "#/fleet",
    parameters: (_, options) => ({ ...scope(options), ...page(options), states: options["state"], search: options["search"] }),
    print(answer, style) {
      const fleet = new Fields<FleetAnswer>(answer);
      const counts = fleet.part("counts");
      const failing = counts.number("failing") ?? 0;
      const total = fleet.number("total") ?? 0;
      const rows = fleet.list("items");
      if (total === 0) return said(style, NOTHING_YET);
      return [
        ...said(style, `${count(failing)} of ${plural(total, "repository", "repositories")} ${failing === 1 ? "is" : "are"} failing.`),
        ...table(rows, FLEET_COLUMNS, style),
        ...said(style, `${count(rows.length)} of ${count(fleet.number("matching"))} shown.`, more(fleet)),
      ];
    },
    holds: (answer, conditions) => {
      const counts = new Fields<Record<string, number>>(new Fields<FleetAnswer>(answer).part("counts").raw);
      return conditions.some((state) => (counts.number(state) ?? 0) > 0);
    },
  },
  {
    name: "syncs",
    description: "syncs, newest first",
    options: [...SCOPE, ...RANGE, ["--outcome <outcomes>", "succeeded, failed, timed_out, rolled_back, under_way, unknown"], ["--error-type <types>", "only syncs with these error types"], ["--revision <start>", "the beginning of a revision, 4 characters or more"], ["--search <text>", "part of the name or the error"], ...PAGE, FAIL_ON("failed")],
    examples: ["alumiini syncs --outcome failed,timed_out --last 2h", "alumiini syncs --repo checkout --since 'yesterday 14:00'"],
    route: "/v1/syncs",
    items: "items",
    view: "#/timeline",
    parameters: (_, options, now) => ({ ...scope(options), ...range(options, now), ...page(options), outcomes: options["outcome"], errorType: options["errorType"], revision: options["revision"], search: options["search"] }),
    print(answer, style) {
      const syncs = new Fields<{ items: readonly SyncRow[]; total: number; failed: number; nextCursor: string | null }>(answer);
      const rows = syncs.list("items");
      if (rows.length === 0) return said(style, "No sync matches. `alumiini deliveries` shows what came in.");
      return [
        ...table(rows, SYNC_COLUMNS, style),
        ...said(style, `${count(rows.length)} of ${plural(syncs.number("total") ?? 0, "sync")} shown, ${count(syncs.number("failed"))} failed; times are ${style.utc ? "UTC" : "local"}.`, more(syncs)),
      ];
    },
    holds: (answer, conditions) => conditions.includes("failed") && (new Fields<{ failed: number }>(answer).number("failed") ?? 0) > 0,
  },
  {
    name: "show",
    description: "one sync: its steps, and what lies around it",
    arguments: [{ name: "syncId", description: "as `alumiini syncs` lists it" }],
    options: [["--repo <name>", "where two repositories use the same id"]],
    examples: ["alumiini show flux-3f2a91c0"],
    route: "/v1/sync",
    view: "#/sync",
    parameters: ([syncId], options) => ({ syncId, repoName: options["repo"] }),
    print(answer, style) {
      const found = new Fields<SyncAnswer>(answer);
      const sync = found.part("sync");
      const steps = found.list("steps");
      const longest = Math.max(1, ...steps.map((step) => (step.number("offsetMs") ?? 0) + (step.number("durationMs") ?? 0)));
      return [
        ...said(style, `${identity(sync).text}: ${wordCell(sync.text("outcome"), style).text}, ${time(sync.number("at"), style)}, revision ${revision(sync.text("revision")).text}`, sync.text("errorMessage") ?? undefined),
        ...table(steps, [
          { header: "STEP", cell: (step) => cell(step.text("kind") === "gap" ? "Nothing reported" : step.text("type")) },
          { header: "TOOK", right: true, cell: (step) => ({ text: duration(step.number("durationMs")), value: step.number("durationMs") }) },
          { header: "START", right: true, cell: (step) => ({ text: `${(step.number("offsetMs") ?? 0) >= 0 ? "+" : ""}${duration(step.number("offsetMs"))}`, value: step.number("offsetMs") }) },
          { header: "OUTCOME", cell: (step, styled) => wordCell(step.text("outcome"), styled) },
          { header: "", cell: (step, styled) => cell(bar(step.number("offsetMs"), step.number("durationMs"), longest, styled, step.text("kind") === "gap"), "") },
        ], style),
        ...(style.isTable ? ["", ...table(found.list("around"), MATCH_COLUMNS, style)] : []),
        ...said(style, ...found.list("notKnown").map((unknown) => `Not known: ${unknown.text("text") ?? ""}`)),
      ];
    },
  },
  {
    name: "around",
    description: "what happened around a moment: \"what broke checkout at 14:03?\"",
    arguments: [
      { name: "repository", description: "name, namespace/name or cluster/namespace/name" },
      { name: "time", description: "14:03, \"yesterday 14:03\", -2h, RFC 3339, …" },
    ],
    options: [["--window <span>", "to both sides, default 15m"], ["--limit <number>", "matches, 1 to 500"]],
    examples: ["alumiini around checkout 14:03", "alumiini around prod-eu/shop/checkout 'yesterday 14:03' --window 1h"],
    route: "/v1/around",
    items: "matches",
    view: "#/moment",
    parameters: ([repo, at = ""], options, now) => ({
      ...repository(repo),
      at: readMoment(at, now, options["utc"] === true),
      windowMs: typeof options["window"] === "string" ? readSpan(options["window"]) : undefined,
      limit: options["limit"],
    }),
    print(answer, style) {
      const around = new Fields<AroundAnswer>(answer);
      const failure = around.part("nearestFailure");
      const [ran, wanted] = [around.text("runningRevision"), around.text("wantedRevision")];
      return [
        ...said(
          style,
          `${time(around.number("at"), style)}: ${ran === null ? "what ran is not known" : `${revision(ran).text} ran`}${wanted === null ? "" : `, ${revision(wanted).text} was wanted`}. ${
            failure.has("syncId") ? `The nearest failure: ${time(failure.number("at"), style)}, ${failure.text("errorType") ?? "no type"}: ${failure.text("errorMessage") ?? "no message"}` : "No sync failed in this window."
          }`,
        ),
        ...table(around.list("matches"), MATCH_COLUMNS, style),
        ...said(style, ...around.list("notKnown").map((unknown) => `Not known: ${unknown.text("text") ?? ""}`), "Near is not proof: MATCH says what two events have in common."),
      ];
    },
  },
  {
    name: "dora",
    description: "the five measures of delivery, and what each rests on",
    options: [...SCOPE, ...RANGE, ["--by <bucket>", "day, week or month, for the series in JSON"], ["--explain <measure>", "the events behind a number: frequency, lead-time, fail-rate, recovery, rework"], ...PAGE],
    examples: ["alumiini dora --last 26w --env production", "alumiini dora --repo checkout --explain fail-rate"],
    route: "/v1/dora",
    view: "#/dora",
    parameters(_, options, now) {
      const asked = options["explain"];
      const explain = typeof asked === "string" ? (MEASURES[asked] ?? asked) : undefined;
      return { ...scope(options), ...range(options, now), by: options["by"], explain, ...(explain !== undefined && page(options)) };
    },
    print(answer, style) {
      const dora = new Fields<DoraAnswer>(answer);
      const measures = new Fields<Record<string, DoraMeasure>>(dora.part("measures").raw);
      const rows = Object.entries(MEASURES).map(([short, name]) => ({ short, measure: measures.part(name) }));
      const lines = table(rows, [
        { header: "MEASURE", cell: ({ short }) => cell(short) },
        { header: "VALUE", cell: ({ measure }) => ({ text: measureValue(measure), value: measure.number("value") }) },
        { header: "KNOWN", cell: ({ measure }) => cell(coverageOf(measure)) },
        { header: "WHAT IS MISSING", shrinks: true, cell: ({ measure }) => cell(measure.text("why") ?? (measure.part("evidence").list("missing").map((gap) => gap.text("reason")).join(", ") || "nothing")) },
      ], style);
      if (!dora.has("explained")) return lines;
      const explained = dora.part("explained");
      const evidence = measures.part(explained.text("measure") ?? "").part("evidence");
      const sums = (name: "counted" | "leftOut" | "missing") =>
        evidence.list(name).map((part) => `${part.text("reason") ?? "?"} ${count(part.number("count"))}`).join(", ") || "nothing";
      return [
        ...said(style, ...lines, "", `${explained.text("measure") ?? ""} = ${evidence.text("formula") ?? ""}`, `Counted: ${sums("counted")}`, `Left out: ${sums("leftOut")}`, `Missing: ${sums("missing")}`, ""),
        ...table(explained.list("items"), [
          { header: "WHEN", cell: (item, styled) => cell(time(item.number("at"), styled)) },
          { header: "REPOSITORY", name: true, cell: (item) => cell(`${item.text("namespace") ?? ""}/${item.text("repoName") ?? ""}`) },
          { header: "REVISION", cell: (item) => revision(item.text("revision")) },
          { header: "COUNTED AS", cell: (item) => cell(item.text("reason")) },
          { header: "EVENT", cell: (item) => cell(item.text("eventId")) },
          { header: "TOOK", right: true, cell: (item) => ({ text: duration(item.number("durationMs")), value: item.number("durationMs") }) },
        ], style),
        ...said(style, `${count(explained.list("items").length)} of ${count(explained.number("total"))} shown.`, more(explained)),
      ];
    },
  },
  {
    name: "slo",
    description: "the objectives and what is left of their error budgets",
    options: [...SCOPE, ...RANGE, FAIL_ON("spent, burning_fast")],
    examples: ["alumiini slo --last 30d", "alumiini slo --fail-on spent"],
    route: "/v1/slo",
    items: "items",
    view: "#/slo",
    parameters: (_, options, now) => ({ ...scope(options), ...range(options, now) }),
    print: (answer, style) =>
      table(new Fields<SloAnswer>(answer).list("items"), [
        { header: "OBJECTIVE", cell: (item) => cell(item.text("name")) },
        { header: "STATE", cell: (item, styled) => wordCell(item.text("state"), styled) },
        { header: "NOW", right: true, cell: (item) => ({ text: item.text("kind") === "budget" ? percent(item.number("value")) : count(item.number("value")), value: item.number("value") }) },
        { header: "BUDGET LEFT", right: true, cell: (item) => ({ text: percent(item.number("budgetLeft")), value: item.number("budgetLeft") }) },
        { header: "WANTED", right: true, cell: (item) => ({ text: item.text("kind") === "budget" ? percent(item.number("objective")) : count(item.number("objective")), value: item.number("objective") }) },
        { header: "AT THIS RATE", cell: (item) => ({ text: item.number("spentInMs") === null ? "–" : `spent in ${duration(item.number("spentInMs"))}`, value: item.number("spentInMs") }) },
      ], style),
    holds: (answer, conditions) => new Fields<SloAnswer>(answer).list("items").some((item) => conditions.includes(item.text("state") ?? "")),
  },
  {
    name: "deliveries",
    description: "what came in and could not be read, newest first",
    options: [...RANGE, ["--reason <reasons>", "only these reasons"], ...PAGE],
    examples: ["alumiini deliveries --last 1h", "alumiini deliveries --output ndjson"],
    route: "/v1/deadLetters",
    items: "items",
    view: "#/delivery",
    parameters: (_, options, now) => ({ ...range(options, now), ...page(options), reason: options["reason"] }),
    print(answer, style) {
      const letters = new Fields<DeadLettersAnswer>(answer);
      const rows = letters.list("items");
      return [
        ...said(style, `${plural(letters.number("total") ?? 0, "message")} could not be read.`),
        ...table(rows, [
          { header: "RECEIVED", cell: (letter, styled) => cell(time(letter.number("receivedAt"), styled)) },
          { header: "SOURCE", cell: (letter) => cell(letter.text("source")) },
          { header: "REASON", cell: (letter) => cell(letter.text("reason")) },
          { header: "MESSAGE", shrinks: true, cell: (letter) => cell(letter.text("message")) },
        ], style),
        ...said(style, more(letters)),
      ];
    },
  },
];

function bar(offset: number | null, length: number | null, longest: number, style: Style, isGap: boolean): string {
  const cells = 30;
  const at = (ms: number) => Math.max(0, Math.min(cells, Math.round((ms / longest) * cells)));
  const start = at(offset ?? 0);
  const size = Math.max(1, at((offset ?? 0) + (length ?? 0)) - start);
  const mark = style.unicode ? (isGap ? "░" : "█") : isGap ? "." : "#";
  return " ".repeat(Math.min(start, cells - 1)) + mark.repeat(size);
}
