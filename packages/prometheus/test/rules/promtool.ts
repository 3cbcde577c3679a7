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
  return runPromtool({ timeline, ...(leaveOut && { leaveOut }), ...(rules && { rules }) }, [
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
  ]);
}

/** A query, and when it is asked. */
export interface Question {
  readonly expr: string;
  readonly atSeconds: number;
}

/** One series of an answer. */
export interface Answer {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * What queries answer over a timeline with the rules: one list for each. promtool has no way to ask; it says what it got
 * where that is not what it was told to expect, so it is told to expect what nothing answers.
 */
export async function promtoolAnswers(
  test: Pick<RuleTest, "timeline" | "leaveOut" | "rules">,
  questions: readonly Question[],
): Promise<readonly (readonly Answer[])[]> {
  const nothingIs = [{ labels: '{promtool="asked"}', value: 0 }];
  const said = await runPromtool(
    test,
    questions.map(({ expr, atSeconds }) => ({ expr, eval_time: `${atSeconds}s`, exp_samples: nothingIs })),
  );
  const answers = Array.from(said.matchAll(/^ +got: ?(.*)$/gm), ([, got = ""]) => readAnswers(got));
  // A rule that could not be evaluated is reported beside the answers, which would lack what it should have made.
  if (answers.length !== questions.length || /\berr: /.test(said))
    throw new Error(`promtool answered otherwise than expected:\n${said}`);
  return answers;
}

function readAnswers(got: string): Answer[] {
  return Array.from(
    got.matchAll(/([a-zA-Z_:][\w:]*)?\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} (\S+?)(?:,|$)/g),
    ([, , labels = "", value]) => ({
      labels: Object.fromEntries(
        Array.from(labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g), ([, name = "", text = ""]) => [name, text]),
      ),
      value: Number(value),
    }),
  );
}

async function runPromtool(
  { timeline, leaveOut, rules }: Pick<RuleTest, "timeline" | "leaveOut" | "rules">,
  questions: readonly object[],
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "promtool-"));
  try {
    const yaml = rulesYaml(ruleGroups({ evaluationSeconds: timeline.stepSeconds, ...rules }));
    await writeFile(join(directory, "rules.yaml"), yaml);
    // Of histograms the rules ask for a few bounds only; who asks for quantiles needs all.
    const bounds = new Set(Array.from(yaml.matchAll(/\ble=~?\\?"([\d.]*\d)/g), ([, bound]) => Number(bound)));
    const isAsked = (series: string) => {
      const bound = /\ble="([^"]*)"/.exec(series)?.[1];
      return bound === undefined || bounds.has(Number(bound)) || timeline.hasEverything;
    };
    const file = {
      rule_files: ["rules.yaml"],
      evaluation_interval: timeline.interval,
      // Without an order it takes one at random. In this one an alert sees what was recorded a step before, which is the
      // latest that a Prometheus sees, whose groups have times of their own within the interval.
      group_eval_order: ["alumiini_alerts", "alumiini_slos"],
      tests: [
        {
          interval: timeline.interval,
          input_series: timeline.inputSeries(leaveOut).filter(({ series }) => isAsked(series)),
          promql_expr_test: questions,
        },
      ],
    };
    // JSON is YAML.
    await writeFile(join(directory, "test.yaml"), JSON.stringify(file));
    return await new Promise((resolve, reject) => {
      execFile(
        "promtool",
        ["test", "rules", "test.yaml"],
        // Most of its time goes into collecting garbage otherwise.
        { cwd: directory, maxBuffer: 1e9, env: { ...process.env, GOGC: "400" } },
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
