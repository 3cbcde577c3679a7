import type { SloAnswer } from "@alumiini/history";
import { Fields } from "../../client/fields.js";
import { cell, table, wordCell } from "../../output/table.js";
import { count, duration, percent } from "../../output/words.js";
import { FAIL_ON, RANGE, range, SCOPE, scope } from "./parameters.js";
import type { Question } from "./question.js";

const CONDITIONS = ["spent", "burning_fast"];

export const slo: Question = {
  name: "slo",
  description: "the objectives and what is left of their error budgets",
  options: [...SCOPE, ...RANGE, FAIL_ON(CONDITIONS)],
  examples: ["alumiini slo --last 30d", "alumiini slo --fail-on spent"],
  route: "/v1/slo",
  items: "items",
  view: "slo",
  parameters: (_, options, now) => ({ ...scope(options), ...range(options, now) }),
  print: (answer, style) =>
    table(
      new Fields<SloAnswer>(answer).list("items"),
      [
        { header: "OBJECTIVE", cell: (item) => cell(item.text("name")) },
        { header: "STATE", cell: (item, styled) => wordCell(item.text("state"), styled) },
        {
          header: "NOW",
          right: true,
          cell: (item) => ({
            text: item.text("kind") === "budget" ? percent(item.number("value")) : count(item.number("value")),
            value: item.number("value"),
          }),
        },
        {
          header: "BUDGET LEFT",
          right: true,
          cell: (item) => ({ text: percent(item.number("budgetLeft")), value: item.number("budgetLeft") }),
        },
        {
          header: "WANTED",
          right: true,
          cell: (item) => ({
            text: item.text("kind") === "budget" ? percent(item.number("objective")) : count(item.number("objective")),
            value: item.number("objective"),
          }),
        },
        {
          header: "AT THIS RATE",
          cell: (item) => ({
            text: item.number("spentInMs") === null ? "–" : `spent in ${duration(item.number("spentInMs"))}`,
            value: item.number("spentInMs"),
          }),
        },
      ],
      style,
    ),
  failOn: {
    conditions: CONDITIONS,
    holds: (answer, states) =>
      new Fields<SloAnswer>(answer).list("items").some((item) => states.includes(item.text("state") ?? "")),
  },
};
