import { type AlertRule, ruleGroups } from "../../src/rules/index.js";
import { LONG, SHORT } from "./chapters.js";
import type { Chapter, ExpectedPage, Scenario } from "./scenario.js";

/** The documentation of the alerts: what they are, and what the fleet simulator holds them to. */
export function alertsDocument(): string {
  const alerts = ruleGroups().flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule] : [])));
  return `<!-- Generated from the rules and the fleet simulator: pnpm test --project prometheus generated -u -->
# Alerts

Every alert of [\`@alumiini/prometheus\`](../packages/prometheus), and below, what makes it fire: each row is a scenario that a test
plays through the package's own exposition and the rules (\`packages/prometheus/test/fleet\`).

| alert | severity | for | says | runbook |
|---|---|---|---|---|
${rowsOf(alerts).join("\n")}

The alerts name what they are about in their labels: \`cluster\`, \`namespace\` and \`job\` the installation, \`repo_name\` the
repository (with \`repo_namespace\`, where that is opted into), \`sink\`, \`cache_name\`, \`slo\`, \`source\`, \`reason\`, \`option\` the rest.

They need Prometheus 2.42 or later, which knows \`keep_firing_for\`.

## One cause, one page

Some causes make more than one alert true: an outage of the forge fails most syncs, burns the budget, and makes each repository a
failing one. Let Alertmanager hold back those that say the same:

\`\`\`yaml
inhibit_rules:
  - source_matchers: ['alertname = AlumiiniMetricsAbsent']
    target_matchers: ['alertname =~ "Alumiini.*|HighSyncLatency|LowSyncSuccessRate|HighWorkerRestarts|LowCacheHitRate"', 'alertname != AlumiiniMetricsAbsent']
    equal: [cluster, namespace, job]
  - source_matchers: ['alertname =~ "AlumiiniControllerRestarting|AlumiiniNoLeader"']
    target_matchers: ['alertname =~ "AlumiiniSyncStale|AlumiiniRepoSyncFailing|AlumiiniRepoOutOfSync"']
    equal: [cluster, namespace, job]
  - source_matchers: ['alertname = LowSyncSuccessRate']
    target_matchers: ['alertname =~ "AlumiiniRepoSyncFailing|AlumiiniRepoSyncFlapping|AlumiiniSyncStale"']
    equal: [cluster, namespace, job]
  - source_matchers: ['alertname = LowSyncSuccessRate']
    target_matchers: ['alertname = AlumiiniSLOErrorBudgetBurn', 'slo = sync-success']
    equal: [cluster, namespace, job]
  - source_matchers: ['alertname =~ "AlumiiniRepoSyncFailing|AlumiiniSyncStuck"']
    target_matchers: ['alertname =~ "AlumiiniSyncStale|AlumiiniRepoSyncFlapping"']
    equal: [cluster, namespace, job, repo_namespace, repo_name]
  - source_matchers: ['alertname = AlumiiniSLOErrorBudgetBurn', 'severity = critical']
    target_matchers: ['alertname = AlumiiniSLOErrorBudgetBurn', 'severity = warning']
    equal: [cluster, namespace, job, slo]
\`\`\`

## What makes them fire

Minutes count from the cause. "Besides" are alerts that may fire for the same cause. Where no page is named, none may come.

${[...SHORT, ...LONG].map(chapterOf).join("\n\n")}
`;
}

function rowsOf(alerts: readonly AlertRule[]): string[] {
  const names = [...new Set(alerts.map(({ alert }) => alert))];
  return names.map((name) => {
    const own = alerts.filter(({ alert }) => alert === name);
    const severities = [...new Set(own.map(({ labels }) => labels.severity))].join(" or ");
    const times = [...new Set(own.map((rule) => rule.for))].join(" or ");
    const summaries =
      name === "AlumiiniSLOErrorBudgetBurn"
        ? ["An objective burns its error budget too fast"]
        : own.map(({ annotations }) => annotations.summary);
    return `| \`${name}\` | ${severities} | ${times} | ${summaries[0]} | [what to do](runbooks/${name}.md) |`;
  });
}

function chapterOf({ title, scenarios }: Chapter): string {
  return `### ${title}

| what happens | page | after | ends | besides |
|---|---|---|---|---|
${scenarios.map(rowsOfScenario).join("\n")}`;
}

function rowsOfScenario({ situation, pages, besides = [] }: Scenario): string {
  const also = besides.map((name) => `\`${name}\``).join(", ");
  if (pages.length === 0) return `| ${situation} | none | | | ${also} |`;
  return pages
    .map(
      (page, index) =>
        `| ${index === 0 ? situation : ""} | ${nameOf(page)} | ≤ ${page.latest - page.from} min | ${endOf(page)} | ${index === 0 ? also : ""} |`,
    )
    .join("\n");
}

function nameOf({ alert, labels = {} }: ExpectedPage): string {
  const shown = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return `\`${alert}${shown.length === 0 ? "" : `{${shown.join(",")}}`}\``;
}

function endOf({ ends }: ExpectedPage): string {
  if (ends === undefined) return "with its cause";
  return `≤ ${Math.max(1, Math.round(ends[1] - ends[0]))} min after its cause`;
}
