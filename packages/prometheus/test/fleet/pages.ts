import { type RuleOptions, ruleGroups } from "../../src/rules/index.js";
import { promtoolAnswers, type RuleTest } from "../rules/promtool.js";

/** One alert with its labels, and when it fired. */
export interface Page {
  readonly alert: string;
  /** Without those of the alert's own name and state. */
  readonly labels: Readonly<Record<string, string>>;
  /** Minutes from the beginning. */
  readonly firstMinute: number;
  readonly lastMinute: number;
  /** How often it began to fire. */
  readonly times: number;
}

/** Steps that promtool, which takes 10,000 samples at once, can look at for all alerts together. */
const MANY_STEPS = 1000;

/** Every alert that the rules raise over a timeline. */
export async function pagesOver(test: Pick<RuleTest, "timeline" | "leaveOut" | "rules">): Promise<readonly Page[]> {
  const { stepSeconds, seconds } = test.timeline;
  const range = `[${seconds}s:${stepSeconds}s]`;
  const selectors =
    seconds / stepSeconds <= MANY_STEPS ? [""] : alertNames(test.rules).map((name) => `,alertname="${name}"`);
  const questions = selectors.flatMap((selector) => {
    const firing = `ALERTS{alertstate="firing"${selector}}`;
    return [
      `min_over_time(timestamp(${firing})${range})`,
      `max_over_time(timestamp(${firing})${range})`,
      `count_over_time((${firing} unless ${firing} offset ${stepSeconds}s)${range})`,
    ];
  });
  const asked = await promtoolAnswers(
    test,
    questions.map((expr) => ({ expr, atSeconds: seconds - stepSeconds })),
  );
  const answers = [0, 1, 2].map((which) => asked.filter((_, index) => index % 3 === which).flat());
  const [first, last, times] = answers.map(
    (series) => new Map(series.map(({ labels, value }) => [JSON.stringify(Object.entries(labels).sort()), value])),
  );
  return (answers[0] ?? [])
    .map(({ labels }) => {
      const { alertname = "", alertstate: _, ...own } = labels;
      const of = (values: ReadonlyMap<string, number> | undefined) =>
        values?.get(JSON.stringify(Object.entries(labels).sort())) ?? Number.NaN;
      return {
        alert: alertname,
        labels: own,
        firstMinute: of(first) / 60,
        lastMinute: of(last) / 60,
        times: of(times),
      };
    })
    .sort((a, b) => a.firstMinute - b.firstMinute || a.alert.localeCompare(b.alert));
}

function alertNames(rules: RuleOptions | undefined): string[] {
  const alerts = ruleGroups(rules).flatMap((group) =>
    group.rules.flatMap((rule) => ("alert" in rule ? [rule.alert] : [])),
  );
  return [...new Set(alerts)];
}
