import type { DoraAnswer, DoraMeasure } from "@alumiini/history";
import { Fields } from "../../client/fields.js";
import { cell, table } from "../../output/table.js";
import { count, duration, percent, time } from "../../output/words.js";
import { more, revision, said } from "./cells.js";
import { PAGE, page, RANGE, range, SCOPE, scope } from "./parameters.js";
import type { Question } from "./question.js";

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
  return measure.text("unit") === "ratio"
    ? percent(value)
    : `${value.toLocaleString("en-US", { maximumSignificantDigits: 3 })} per day`;
}

function coverageOf(answer: { part(name: "coverage"): Fields<DoraMeasure["coverage"]> }): string {
  const coverage = answer.part("coverage");
  return `${count(coverage.number("known"))} of ${count(coverage.number("total"))} ${coverage.text("of") ?? ""}`;
}

export const dora: Question = {
  name: "dora",
  description: "the five measures of delivery, with their evidence",
  options: [
    ...SCOPE,
    ...RANGE,
    ["--by <bucket>", "day, week or month, for the series in JSON"],
    ["--explain <measure>", "the events behind a number: frequency, lead-time, fail-rate, recovery, rework"],
    ...PAGE,
  ],
  examples: ["alumiini dora --last 26w --environment production", "alumiini dora --repo checkout --explain fail-rate"],
  route: "/v1/dora",
  view: "dora",
  parameters(_, options, now) {
    const asked = options["explain"];
    const explain = typeof asked === "string" ? (MEASURES[asked] ?? asked) : undefined;
    return {
      ...scope(options),
      ...range(options, now),
      by: options["by"],
      explain,
      ...(explain !== undefined && page(options)),
    };
  },
  print(answer, style) {
    const dora = new Fields<DoraAnswer>(answer);
    const measures = new Fields<Record<string, DoraMeasure>>(dora.part("measures").raw);
    const rows = Object.entries(MEASURES).map(([short, name]) => ({ short, measure: measures.part(name) }));
    const lines = table(
      rows,
      [
        { header: "MEASURE", cell: ({ short }) => cell(short) },
        { header: "VALUE", cell: ({ measure }) => ({ text: measureValue(measure), value: measure.number("value") }) },
        { header: "KNOWN", cell: ({ measure }) => cell(coverageOf(measure)) },
        {
          header: "WHAT IS MISSING",
          shrinks: true,
          cell: ({ measure }) =>
            cell(
              measure.text("why") ??
                (measure
                  .part("evidence")
                  .list("missing")
                  .map((gap) => gap.text("reason"))
                  .join(", ") ||
                  "nothing"),
            ),
        },
      ],
      style,
    );
    if (!dora.has("explained")) return lines;
    const explained = dora.part("explained");
    const evidence = measures.part(explained.text("measure") ?? "").part("evidence");
    const sums = (name: "counted" | "leftOut" | "missing") =>
      evidence
        .list(name)
        .map((part) => `${part.text("reason") ?? "?"} ${count(part.number("count"))}`)
        .join(", ") || "nothing";
    return [
      ...said(
        style,
        ...lines,
        "",
        `${explained.text("measure") ?? ""} = ${evidence.text("formula") ?? ""}`,
        `Counted: ${sums("counted")}`,
        `Left out: ${sums("leftOut")}`,
        `Missing: ${sums("missing")}`,
        "",
      ),
      ...table(
        explained.list("items"),
        [
          { header: "WHEN", cell: (item, styled) => cell(time(item.number("at"), styled)) },
          {
            header: "REPOSITORY",
            name: true,
            cell: (item) => cell(`${item.text("namespace") ?? ""}/${item.text("repoName") ?? ""}`),
          },
          { header: "REVISION", cell: (item) => revision(item.text("revision")) },
          { header: "COUNTED AS", cell: (item) => cell(item.text("reason")) },
          { header: "EVENT", cell: (item) => cell(item.text("eventId")) },
          {
            header: "TOOK",
            right: true,
            cell: (item) => ({ text: duration(item.number("durationMs")), value: item.number("durationMs") }),
          },
        ],
        style,
      ),
      ...said(
        style,
        `${count(explained.list("items").length)} of ${count(explained.number("total"))} shown.`,
        more(explained),
      ),
    ];
  },
};
