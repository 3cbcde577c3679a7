import stringWidth from "string-width";
import { type Color, painted, type Style, visible, WORDS } from "./words.js";

/** One cell: what people read, and the full value for programs. */
export interface Cell {
  readonly text: string;
  readonly value: string | number | null;
  readonly color?: Color | undefined;
}

/** One column. */
export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row, style: Style) => Cell;
  readonly right?: true;
  /** Gives way first, to 24 cells, cut at the end. */
  readonly shrinks?: true;
  /** Cut in the middle, where environments and versions don't stand. */
  readonly name?: true;
}

const SHORTEST_TEXT = 24;
const SHORTEST_NAME = 21;
const NARROW = 60;

/** Lines of a table; without a terminal, tab-separated full values without a header. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: Style): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row, style)));
  if (!style.isTable) return cells.map((row) => row.map(({ value }) => visible(String(value ?? ""))).join("\t"));
  const texts = cells.map((row) => row.map((cell) => ({ ...cell, text: visible(cell.text) })));
  if (style.width < NARROW) return records(texts, columns, style);
  const widths = columns.map(({ header }, index) =>
    Math.max(header.length, ...texts.map((row) => stringWidth(row[index]?.text ?? ""))),
  );
  const shown = fit(columns, widths, style.width);
  const line = (parts: readonly Cell[]): string =>
    shown
      .map((index, position) => {
        const column = columns[index];
        const cell = parts[index];
        const width = widths[index] ?? 0;
        if (column === undefined || cell === undefined) return "";
        const text = cut(cell.text, width, column.name === true);
        const space = " ".repeat(Math.max(0, width - stringWidth(text)));
        const colored = painted(text, cell.color, style);
        if (column.right) return space + colored;
        return position === shown.length - 1 ? colored : colored + space;
      })
      .join("  ");
  return [line(columns.map(({ header }) => ({ text: header, value: null }))), ...texts.map(line)];
}

/** Shrinks what may shrink, then leaves out columns from the right, then cuts names. Changes the widths. */
function fit<Row>(columns: readonly Column<Row>[], widths: number[], room: number): number[] {
  let shown = columns.map((_, index) => index);
  const total = () => shown.reduce((sum, index) => sum + (widths[index] ?? 0) + 2, -2);
  const shrink = (kind: "shrinks" | "name", least: number): void => {
    for (const index of shown) {
      if (columns[index]?.[kind] === undefined) continue;
      const width = widths[index] ?? 0;
      widths[index] = Math.max(Math.min(width, least), width - Math.max(0, total() - room));
    }
  };
  shrink("shrinks", SHORTEST_TEXT);
  while (total() > room && shown.length > 3) shown = shown.slice(0, -1);
  shrink("name", SHORTEST_NAME);
  return shown;
}

/** One record of lines each, where there is no room for columns. */
function records<Row>(rows: readonly (readonly Cell[])[], columns: readonly Column<Row>[], style: Style): string[] {
  return rows.flatMap((row) => [
    ...row.map((cell, index) => `${columns[index]?.header ?? ""}: ${painted(cell.text, cell.color, style)}`),
    "",
  ]);
}

function cut(text: string, width: number, inMiddle: boolean): string {
  if (stringWidth(text) <= width) return text;
  const parts = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  const take = (from: readonly string[], most: number): string[] => {
    const taken: string[] = [];
    let used = 0;
    for (const part of from) {
      used += stringWidth(part);
      if (used > most) break;
      taken.push(part);
    }
    return taken;
  };
  if (!inMiddle) return `${take(parts, width - 1).join("")}…`;
  const end = take([...parts].reverse(), Math.floor((width - 1) / 2)).reverse();
  return `${take(parts, Math.ceil((width - 1) / 2)).join("")}…${end.join("")}`;
}

/** A state or outcome with its shape. */
export function wordCell(word: string | null, style: Style): Cell {
  const known = WORDS[word ?? ""];
  if (known === undefined) return { text: word ?? "–", value: word };
  return { text: `${style.unicode ? known.mark : known.plain} ${known.text}`, value: word, color: known.color };
}

export function cell(text: string | null, value: string | number | null = text): Cell {
  return { text: text ?? "–", value };
}
