import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RuleOptions, ruleGroups, rulesYaml } from "../../src/rules/index.js";
import type { Timeline } from "./timeline.js";

/** The labels that tell one firing alert from another, beside its name. */
const TELLING = ["severity", "cluster", "repo_name", "cache_name", "sink", "slo"] as const;

/** What fires at one time: each alert as its name and {@link TELLING} labels. */
export interface Firing {
  readonly atMinutes: number;
  readonly alerts: readonly (Readonly<Partial<Record<(typeof TELLING)[number], string>>> & { readonly name: string })[];
}

/** What promtool is to check. */
export interface RuleTest {
  readonly timeline: Timeline;
  readonly firing: readonly Firing[];
  /** Series that are left out, as if an exporter had never made them. */
  readonly leaveOut?: RegExp;
  /** Queries with the values that they answer at a time. */
  readonly queries?: readonly { readonly atMinutes: number; readonly expr: string; readonly value: number }[];
  readonly rules?: RuleOptions;
}

/** Runs `promtool test rules`; resolves with what it objects to: nothing where all is as it should be. */
export async function promtoolObjections({ timeline, firing, leaveOut, queries, rules }: RuleTest): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "promtool-"));
  try {
    await writeFile(join(directory, "rules.yaml"), rulesYaml(ruleGroups(rules)));
    const file = {
      rule_files: ["rules.yaml"],
      evaluation_interval: timeline.interval,
      tests: [
        {
          interval: timeline.interval,
          input_series: timeline.inputSeries(leaveOut),
          promql_expr_test: [
            ...firing.map(({ atMinutes, alerts }) => ({
              expr: `count by (alertname, ${TELLING.join(", ")}) (ALERTS{alertstate="firing"})`,
              eval_time: `${atMinutes}m`,
              exp_samples: alerts.map(({ name, ...labels }) => ({ labels: seriesOf(name, labels), value: 1 })),
            })),
            ...(queries ?? []).map(({ atMinutes, expr, value }) => ({
              expr,
              eval_time: `${atMinutes}m`,
              exp_samples: [{ labels: "{}", value }],
            })),
          ],
        },
      ],
    };
    // JSON is YAML.
    await writeFile(join(directory, "test.yaml"), JSON.stringify(file));
    return await new Promise((resolve, reject) => {
      execFile(
        "promtool",
        ["test", "rules", "test.yaml"],
        { cwd: directory, maxBuffer: 1e8 },
        (error, stdout, stderr) => {
          if (error === null) resolve("");
          else if (`${stdout}${stderr}`.includes("FAILED")) resolve(`${stdout}${stderr}`);
          else reject(error);
        },
      );
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function seriesOf(name: string, labels: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries({ alertname: name, ...labels }).map(([label, value]) => `${label}="${value}"`);
  return `{${pairs.join(",")}}`;
}
