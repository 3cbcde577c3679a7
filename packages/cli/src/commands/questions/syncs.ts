import type { SyncRow } from "@alumiini/history";
import { Fields } from "../../client/fields.js";
import type { Column } from "../../output/table.js";
import { cell, table, wordCell } from "../../output/table.js";
import { count, duration, plural, time } from "../../output/words.js";
import { identity, more, revision, said } from "./cells.js";
import { FAIL_ON, PAGE, page, RANGE, range, SCOPE, scope } from "./parameters.js";
import type { Question } from "./question.js";

const SYNC_COLUMNS: readonly Column<Fields<SyncRow>>[] = [
  { header: "OUTCOME", cell: (row, style) => wordCell(row.text("outcome"), style) },
  { header: "REPOSITORY", name: true, cell: identity },
  { header: "WHEN", cell: (row, style) => cell(time(row.number("at"), style)) },
  { header: "REVISION", cell: (row) => revision(row.text("revision")) },
  {
    header: "WHY",
    shrinks: true,
    cell: (row) =>
      cell(
        [row.text("errorType"), row.text("errorMessage")].filter((part) => part !== null).join(": ") ||
          row.text("trigger"),
      ),
  },
  { header: "CLUSTER", cell: (row) => cell(row.text("clusterId")) },
  {
    header: "TOOK",
    right: true,
    cell: (row) => ({ text: duration(row.number("durationMs")), value: row.number("durationMs") }),
  },
  { header: "SYNC", cell: (row) => cell(row.text("syncId")) },
];

const CONDITIONS = ["failed"];

export const syncs: Question = {
  name: "syncs",
  description: "syncs, newest first, with their outcome and why they failed",
  options: [
    ...SCOPE,
    ...RANGE,
    ["--outcome <outcomes>", "succeeded, failed, timed_out, rolled_back, under_way, unknown"],
    ["--error-type <types>", "only syncs with these error types"],
    ["--revision <start>", "the beginning of a revision, 4 characters or more"],
    ["--search <text>", "part of the name or the error"],
    ...PAGE,
    FAIL_ON(CONDITIONS),
  ],
  examples: [
    "alumiini syncs --outcome failed,timed_out --last 2h",
    "alumiini syncs --repo checkout --since 'yesterday 14:00'",
  ],
  route: "/v1/syncs",
  items: "items",
  view: "timeline",
  parameters: (_, options, now) => ({
    ...scope(options),
    ...range(options, now),
    ...page(options),
    outcomes: options["outcome"],
    errorType: options["errorType"],
    revision: options["revision"],
    search: options["search"],
  }),
  print(answer, style) {
    const syncs = new Fields<{ items: readonly SyncRow[]; total: number; failed: number; nextCursor: string | null }>(
      answer,
    );
    const rows = syncs.list("items");
    if (rows.length === 0) return said(style, "No sync matches. `alumiini deliveries` shows what came in.");
    return [
      ...table(rows, SYNC_COLUMNS, style),
      ...said(
        style,
        `${count(rows.length)} of ${plural(syncs.number("total") ?? 0, "sync")} shown, ${count(syncs.number("failed"))} failed; times are ${style.utc ? "UTC" : "local"}.`,
        more(syncs),
      ),
    ];
  },
  failOn: {
    conditions: CONDITIONS,
    holds: (answer) => (new Fields<{ failed: number }>(answer).number("failed") ?? 0) > 0,
  },
};
