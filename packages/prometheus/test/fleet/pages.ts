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

/** Every alert that the rules raise over a timeline. */
export async function pagesOver(test: Pick<RuleTest, "timeline" | "leaveOut" | "rules">): Promise<readonly Page[]> {
  const { stepSeconds, seconds } = test.timeline;
  const atSeconds = seconds - stepSeconds;
  const firing = 'ALERTS{alertstate="firing"}';
  const range = `[${seconds}s:${stepSeconds}s]`;
  const answers = await promtoolAnswers(test, [
    { atSeconds, expr: `min_over_time(timestamp(${firing})${range})` },
    { atSeconds, expr: `max_over_time(timestamp(${firing})${range})` },
    { atSeconds, expr: `count_over_time((${firing} unless ${firing} offset ${stepSeconds}s)${range})` },
  ]);
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
