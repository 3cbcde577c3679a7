import type { DeadLettersAnswer } from "@alumiini/history";
import type { DeliveryState, SinksAnswer } from "@alumiini/page";
import { Fields } from "../../client/fields.js";
import { cell, table } from "../../output/table.js";
import { count, plural, time } from "../../output/words.js";
import { more, said } from "./cells.js";
import { PAGE, page, RANGE, range } from "./parameters.js";
import type { Options, Question } from "./question.js";

type Answer = DeadLettersAnswer & Pick<SinksAnswer, "deliveries">;

interface Row {
  /** Null for deliveries that the server only counts. */
  readonly at: number | null;
  readonly source: string | null;
  readonly reason: string | null;
  readonly message: string | null;
}

export const deliveries: Question = {
  name: "deliveries",
  description: "deliveries that were refused, and messages that could not be read, newest first",
  options: [...RANGE, ["--reason <reasons>", "only these reasons"], ...PAGE],
  examples: ["alumiini deliveries --last 1h", "alumiini deliveries --reason unauthorized"],
  route: "/v1/deadLetters",
  items: "items",
  beside: { route: "/v1/sinks", field: "deliveries" },
  view: "delivery",
  head: (answer, options) => refusedIn(answer, options).map(({ at, ...row }) => ({ receivedAt: at, ...row })),
  parameters: (_, options, now) => ({ ...range(options, now), ...page(options), reason: options["reason"] }),
  print(answer, style, options) {
    const letters = new Fields<Answer>(answer);
    const door = letters.list("deliveries");
    const sum = (of: (path: Fields<DeliveryState>) => number | null) =>
      count(door.reduce((total, path) => total + (of(path) ?? 0), 0));
    const unread = letters.list("items").map((letter) => ({
      at: letter.number("receivedAt"),
      source: letter.text("source"),
      reason: letter.text("reason"),
      message: letter.text("message"),
    }));
    return [
      ...said(
        style,
        letters.has("deliveries")
          ? `Deliveries since the server's start: ${sum((path) => path.number("received"))} = ${sum((path) => path.number("accepted"))} taken + ${sum((path) => path.number("duplicate"))} known already + ${sum((path) => path.number("ignored"))} without an event + ${sum((path) => reasonsOf(path).reduce((total, [, number]) => total + number, 0))} refused.`
          : "How many deliveries were refused is not known: only a running `alumiini serve` counts them.",
        `${plural(letters.number("total") ?? 0, "message")} could not be read.`,
      ),
      ...table<Row>(
        [...refusedIn(answer, options), ...unread],
        [
          { header: "RECEIVED", cell: (row, styled) => cell(row.at === null ? null : time(row.at, styled)) },
          { header: "SOURCE", cell: (row) => cell(row.source) },
          { header: "REASON", cell: (row) => cell(row.reason) },
          { header: "MESSAGE", shrinks: true, cell: (row) => cell(row.message) },
        ],
        style,
      ),
      ...said(style, more(letters)),
    ];
  },
};

/** A row for each path and reason, without a time: the server only counts them. They are on the first page only. */
function refusedIn(answer: unknown, options: Options): Row[] {
  if (typeof options["cursor"] === "string") return [];
  const wanted = typeof options["reason"] === "string" ? options["reason"].split(",") : undefined;
  return new Fields<Answer>(answer).list("deliveries").flatMap((path) =>
    reasonsOf(path)
      .filter(([reason]) => wanted === undefined || wanted.includes(reason))
      .map(([reason, number]) => ({
        at: null,
        source: path.text("path"),
        reason,
        message: `${plural(number, "delivery", "deliveries")} refused`,
      })),
  );
}

function reasonsOf(path: Fields<DeliveryState>): [reason: string, number: number][] {
  const reasons = path.part("refused");
  return Object.keys(reasons.raw).flatMap((reason): [string, number][] => {
    const number = reasons.number(reason) ?? 0;
    return number > 0 ? [[reason, number]] : [];
  });
}
