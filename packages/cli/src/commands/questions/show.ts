import type { SyncAnswer } from "@alumiini/history";
import { Fields } from "../../client/fields.js";
import { cell, table, wordCell } from "../../output/table.js";
import type { Style } from "../../output/words.js";
import { duration, time } from "../../output/words.js";
import { identity, MATCH_COLUMNS, revision, said } from "./cells.js";
import { WHICH } from "./parameters.js";
import type { Question } from "./question.js";

export const show: Question = {
  name: "show",
  description: "one sync: its steps, and what happened around it",
  arguments: [{ name: "syncId", description: "as `alumiini syncs` lists it" }],
  options: [["--repo <name>", "where two repositories use the same id"], ...WHICH],
  examples: ["alumiini show flux-3f2a91c0"],
  route: "/v1/sync",
  view: "sync",
  parameters: ([syncId], options) => ({
    syncId,
    clusterId: options["cluster"],
    namespace: options["namespace"],
    repoName: options["repo"],
  }),
  print(answer, style) {
    const found = new Fields<SyncAnswer>(answer);
    const sync = found.part("sync");
    const steps = found.list("steps");
    const longest = Math.max(
      1,
      ...steps.map((step) => (step.number("offsetMs") ?? 0) + (step.number("durationMs") ?? 0)),
    );
    return [
      ...said(
        style,
        `${identity(sync).text}: ${wordCell(sync.text("outcome"), style).text}, ${time(sync.number("at"), style)}, revision ${revision(sync.text("revision")).text}`,
        sync.text("errorMessage") ?? undefined,
      ),
      ...table(
        steps,
        [
          {
            header: "STEP",
            cell: (step) => cell(step.text("kind") === "gap" ? "Nothing reported" : step.text("type")),
          },
          {
            header: "TOOK",
            right: true,
            cell: (step) => ({ text: duration(step.number("durationMs")), value: step.number("durationMs") }),
          },
          {
            header: "START",
            right: true,
            cell: (step) => ({
              text: `${(step.number("offsetMs") ?? 0) >= 0 ? "+" : ""}${duration(step.number("offsetMs"))}`,
              value: step.number("offsetMs"),
            }),
          },
          { header: "OUTCOME", cell: (step, styled) => wordCell(step.text("outcome"), styled) },
          {
            header: "",
            cell: (step, styled) =>
              cell(
                bar(step.number("offsetMs"), step.number("durationMs"), longest, styled, step.text("kind") === "gap"),
                "",
              ),
          },
        ],
        style,
      ),
      ...(style.isTable ? ["", ...table(found.list("around"), MATCH_COLUMNS, style)] : []),
      ...said(style, ...found.list("notKnown").map((unknown) => `Not known: ${unknown.text("text") ?? ""}`)),
    ];
  },
};

function bar(offset: number | null, length: number | null, longest: number, style: Style, isGap: boolean): string {
  const cells = 30;
  const at = (ms: number) => Math.max(0, Math.min(cells, Math.round((ms / longest) * cells)));
  const start = at(offset ?? 0);
  const size = Math.max(1, at((offset ?? 0) + (length ?? 0)) - start);
  const mark = style.unicode ? (isGap ? "░" : "█") : isGap ? "." : "#";
  return " ".repeat(Math.min(start, cells - 1)) + mark.repeat(size);
}
