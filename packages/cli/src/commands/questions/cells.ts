import type { FleetRow, Match, SyncRow } from "@alumiini/history";
import type { Fields } from "../../client/fields.js";
import type { Cell, Column } from "../../output/table.js";
import { cell, wordCell } from "../../output/table.js";
import type { Style } from "../../output/words.js";
import { duration, time, visible } from "../../output/words.js";

export function identity(row: Fields<FleetRow> | Fields<SyncRow>): Cell {
  const name = `${row.text("namespace") ?? "?"}/${row.text("repoName") ?? "?"}`;
  return { text: name, value: `${row.text("clusterId") ?? ""}/${name}` };
}

export function revision(text: string | null): Cell {
  return { text: text === null ? "–" : /^[0-9a-f]{40,64}$/.test(text) ? text.slice(0, 7) : text, value: text };
}

export function age(ms: number | null, style: Style): Cell {
  return {
    text: ms === null ? "–" : duration(Math.max(0, style.now - ms)),
    value: ms === null ? null : time(ms, style),
  };
}

export const MATCH_COLUMNS: readonly Column<Fields<Match>>[] = [
  {
    header: "FROM THE MOMENT",
    right: true,
    cell: (row) => ({
      text: `${(row.number("offsetMs") ?? 0) >= 0 ? "+" : ""}${duration(row.number("offsetMs"))}`,
      value: row.number("offsetMs"),
    }),
  },
  {
    header: "WHAT",
    shrinks: true,
    cell: (row) => {
      const event = row.part("event");
      const [namespace, repo] = [event.text("namespace"), event.text("repoName")];
      const title = event.text("title") ?? "";
      // Whose it is: twenty syncs that succeeded look the same otherwise.
      const text = repo === null || title.includes(repo) ? title : `${namespace ?? "?"}/${repo} ${title}`;
      return cell(text, `${event.text("eventId") ?? ""} ${text}`);
    },
  },
  { header: "MATCH", cell: (row, style) => wordCell(row.text("grade"), style) },
  { header: "WHY", shrinks: true, cell: (row) => cell(row.part("reason").text("text")) },
];

/** Only on a terminal: programs read the rows alone. */
export function said(style: Style, ...lines: readonly (string | undefined | false)[]): string[] {
  return style.isTable ? lines.filter((line) => typeof line === "string").map(visible) : [];
}

export function more(answer: Fields<{ nextCursor: string | null }>): string | undefined {
  const cursor = answer.text("nextCursor");
  return cursor === null ? undefined : `There is more: --cursor ${cursor}`;
}
