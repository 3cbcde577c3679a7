import type { FleetAnswer, FleetRow } from "@alumiini/history";
import { Fields } from "../../client/fields.js";
import type { Column } from "../../output/table.js";
import { cell, table, wordCell } from "../../output/table.js";
import { count, plural } from "../../output/words.js";
import { age, identity, more, revision, said } from "./cells.js";
import { FAIL_ON, PAGE, page, SCOPE, scope } from "./parameters.js";
import type { Question } from "./question.js";

const NOTHING_YET =
  "Nothing has arrived yet. See `alumiini setup flux`, `argocd`, `github` or `gitlab` for how to send.";

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
  const more = [why.text("errorType"), why.text("errorMessage"), why.text("resourceKey")].filter(
    (part) => part !== null,
  );
  return more.length === 0 ? code : more.join(": ");
}

const STATES = ["failing", "stuck", "drifted", "stale", "no_data", "suspended", "syncing", "healthy"];

export const fleet: Question = {
  name: "fleet",
  description: "the state of every repository, worst first",
  options: [
    ...SCOPE,
    ["--state <states>", STATES.join(", ")],
    ["--search <text>", "part of a name, revision or error"],
    ...PAGE,
    FAIL_ON(STATES),
  ],
  examples: [
    "alumiini fleet --state failing,stuck",
    "alumiini fleet --environment production --fail-on failing",
    "alumiini fleet --output json | jq .counts",
  ],
  route: "/v1/fleet",
  items: "items",
  view: "fleet",
  parameters: (_, options) => ({
    ...scope(options),
    ...page(options),
    states: options["state"],
    search: options["search"],
  }),
  print(answer, style) {
    const fleet = new Fields<FleetAnswer>(answer);
    const counts = fleet.part("counts");
    const failing = counts.number("failing") ?? 0;
    const total = fleet.number("total") ?? 0;
    const rows = fleet.list("items");
    if (total === 0) return said(style, NOTHING_YET);
    return [
      ...said(
        style,
        `${count(failing)} of ${plural(total, "repository", "repositories")} ${failing === 1 ? "is" : "are"} failing.`,
      ),
      ...table(rows, FLEET_COLUMNS, style),
      ...said(style, `${count(rows.length)} of ${count(fleet.number("matching"))} shown.`, more(fleet)),
    ];
  },
  failOn: {
    conditions: STATES,
    holds(answer, states) {
      const counts = new Fields<Record<string, number>>(new Fields<FleetAnswer>(answer).part("counts").raw);
      return states.some((state) => (counts.number(state) ?? 0) > 0);
    },
  },
};
