import { needProgram } from "@alumiini-internal/test-support/programs";
import { expect, it } from "vitest";
import { ruleGroups } from "../../src/rules/index.js";
import { runbookQueriesFor } from "../queries.js";
import { promtoolAnswers } from "../rules/promtool.js";
import { SHORT } from "./chapters.js";
import { played, rulesOf, type Scenario } from "./scenario.js";

const TIMEOUT_MS = 600_000;
const scenarios = SHORT.flatMap((chapter) => chapter.scenarios);
const alerts = [
  ...new Set(ruleGroups().flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule.alert] : [])))),
];

/** The first scenario of each alert; those with the fewest series are played. */
const byScenario = new Map<Scenario, string[]>();
for (const alert of alerts) {
  const scenario = scenarios.find(
    ({ pages, rules }) => rules === undefined && pages.some((page) => page.alert === alert),
  );
  const any = scenario ?? scenarios.find(({ pages }) => pages.some((page) => page.alert === alert));
  if (any !== undefined) byScenario.set(any, [...(byScenario.get(any) ?? []), alert]);
}

it("there is a scenario for each alert", () => {
  expect(alerts.filter((alert) => ![...byScenario.values()].flat().includes(alert))).toEqual([]);
});

for (const [scenario, ofScenario] of byScenario) {
  it(
    `the runbooks of ${ofScenario.join(", ")} show what they are about`,
    async (context) => {
      needProgram(context, "promtool");
      const questions = scenario.pages
        .filter(({ alert }) => ofScenario.includes(alert))
        .flatMap(({ alert, labels, latest }) =>
          runbookQueriesFor(alert, { cluster: "prod", namespace: "gitops", job: "alumiini", ...labels }).map(
            (expr) => ({
              alert,
              expr,
              atSeconds: latest * 60,
            }),
          ),
        );
      const { rules } = rulesOf(scenario);
      const timeline = await played(scenario, true);
      const answers = await promtoolAnswers({ timeline, ...(rules && { rules }) }, questions);
      const empty = questions.filter((_, index) => answers[index]?.length === 0);
      expect(empty.map(({ alert, expr }) => `${alert}: ${expr}`)).toEqual([]);
    },
    TIMEOUT_MS,
  );
}
