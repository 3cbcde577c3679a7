import type { DeadLettersAnswer } from "@alumiini/history";
import { Fields } from "../../client/fields.js";
import { cell, table } from "../../output/table.js";
import { plural, time } from "../../output/words.js";
import { more, said } from "./cells.js";
import { PAGE, page, RANGE, range } from "./parameters.js";
import type { Question } from "./question.js";

export const deliveries: Question = {
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
      ...table(
        rows,
        [
          { header: "RECEIVED", cell: (letter, styled) => cell(time(letter.number("receivedAt"), styled)) },
          { header: "SOURCE", cell: (letter) => cell(letter.text("source")) },
          { header: "REASON", cell: (letter) => cell(letter.text("reason")) },
          { header: "MESSAGE", shrinks: true, cell: (letter) => cell(letter.text("message")) },
        ],
        style,
      ),
      ...said(style, more(letters)),
    ];
  },
};
