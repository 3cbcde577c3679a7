import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createTelemetry } from "@alumiini/core";
import { metricsFetchHandler, prometheusSubscriber } from "@alumiini/prometheus";
import { ruleGroups } from "@alumiini/prometheus/rules";
import { property, startPrometheus } from "@alumiini-internal/test-support/prometheus-server";
import { Registry } from "prom-client";

const USAGE = `Evaluates all rules in a live Prometheus over fleets of two sizes, whose windows are full, and extrapolates to 10,000
repositories. Scrapes are 15 seconds apart, as the shipped ServiceMonitor has them.

  --repositories <n,n>  the two sizes; default 50,200
  --minutes <n>         how much of raw series there is; default 65, the longest window that rules have over them
  --rules <file>        rules to compare with, as YAML; by default none
  --help                this text

Needs prometheus and promtool. Ends with 1 where a group takes more than a fifth of its interval at 10,000.
`;

const SCRAPE_SECONDS = 15;
const EVALUATION_SECONDS = 30;
/** The longest window over recorded series of each repository. */
const RECORDED_MINUTES = 245;
const SIZE = 10_000;
const ROUNDS = 5;

interface Rule {
  readonly name: string;
  readonly expr: string;
}

interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

const { values: options } = parseArgs({
  options: {
    repositories: { type: "string", default: "50,200" },
    minutes: { type: "string", default: "65" },
    rules: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) process.stdout.write(USAGE);
else await main();

/** What one evaluation of a rule costs. */
interface Cost {
  readonly ms: number;
  /** Samples that Prometheus reads: the same on any machine. */
  readonly samples: number;
}

async function main(): Promise<void> {
  const [small = 50, large = 200] = options.repositories.split(",").map(Number);
  const groups = ruleGroups().map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => ({ name: "alert" in rule ? rule.alert : rule.record, expr: rule.expr })),
  }));
  const others = options.rules === undefined ? [] : await groupsOf(await readFile(options.rules, "utf8"));
  const all = [...groups, ...others.map(({ name, rules }) => ({ name: `${name} of ${options.rules}`, rules }))];
  const first = await measure(small, all);
  const second = await measure(large, all);
  let isSlow = false;
  for (const [index, { name, rules }] of all.entries()) {
    const expected = rules.map((rule, at) => {
      const of = (read: (cost: Cost) => number) => {
        const [a, b] = [first[index]?.[at], second[index]?.[at]];
        if (a === undefined || b === undefined) throw new Error(`${rule.name} was not measured`);
        return read(a) + ((read(b) - read(a)) / (large - small)) * (SIZE - small);
      };
      return {
        name: rule.name,
        ms: Math.max(
          0,
          of(({ ms }) => ms),
        ),
        samples: of(({ samples }) => samples),
      };
    });
    const total = { ms: sum(expected.map(({ ms }) => ms)), samples: sum(expected.map(({ samples }) => samples)) };
    if (index < groups.length) isSlow ||= total.ms > EVALUATION_SECONDS * 200;
    process.stdout.write(`${name}: ${shown(total)} of ${EVALUATION_SECONDS} s\n`);
    for (const cost of expected.sort((x, y) => y.samples - x.samples).slice(0, 6)) {
      process.stdout.write(`  ${cost.name}: ${shown(cost)}\n`);
    }
  }
  if (isSlow) process.exitCode = 1;
}

function shown({ ms, samples }: Cost): string {
  return `${(samples / 1e6).toFixed(2)} million samples, ${(ms / 1000).toFixed(2)} s`;
}

/** What each rule of each group costs: the time is the best of some rounds. */
async function measure(repositories: number, groups: readonly Group[]): Promise<readonly (readonly Cost[])[]> {
  const end = Math.floor(Date.now() / 1000 / 60) * 60 - 60;
  const prometheus = await startPrometheus("127.0.0.1:9", { past: await pastOf(repositories, end) });
  try {
    const costs: Cost[][] = [];
    for (const { rules } of groups) {
      const ofGroup: Cost[] = [];
      for (const { expr } of rules) {
        let ms = Number.POSITIVE_INFINITY;
        let samples = Number.NaN;
        for (let round = 0; round < ROUNDS; round++) {
          const before = performance.now();
          const answer = await prometheus.api("query", { query: `count(${expr})`, time: String(end), stats: "all" });
          ms = Math.min(ms, performance.now() - before);
          const stats = property(property(property(answer, "data"), "stats"), "samples");
          samples = Number(property(stats, "totalQueryableSamples"));
          if (Number.isNaN(samples)) throw new Error(`${expr}: ${JSON.stringify(answer)}`);
        }
        ofGroup.push({ ms, samples });
      }
      costs.push(ofGroup);
    }
    return costs;
  } finally {
    await prometheus.stop();
  }
}

/** What Prometheus has scraped of a fleet that syncs every five minutes, and what the rules have recorded of it. */
async function pastOf(repositories: number, end: number): Promise<Iterable<string>> {
  let now = end - Number(options.minutes) * 60;
  const register = new Registry();
  const clock = { now: () => now * 1000, monotonic: () => now * 1000 };
  const telemetry = createTelemetry({ clusterId: "prod", clock });
  const prometheus = prometheusSubscriber({ register, maxRepositories: repositories });
  telemetry.subscribe(prometheus);
  const handler = metricsFetchHandler({ register, gzip: false });
  const names = Array.from({ length: repositories }, (_, index) => `app-${index}`);
  for (const name of names) prometheus.registerRepository(name, { namespace: "team-a" });
  telemetry.measure("leadership", { leader: true });
  const pieces: string[] = [];
  const target = 'cluster="prod",namespace="gitops",job="alumiini"';
  const instance = `${target},instance="pod-1"`;
  for (let scrape = 0; now <= end; now += SCRAPE_SECONDS, scrape++) {
    for (const [index, repoName] of names.entries()) {
      if ((index + scrape) % (300 / SCRAPE_SECONDS) !== 0) continue;
      const repository = { repoName, namespace: "team-a" };
      const trigger = index % 2 === 0 ? "poll" : "webhook";
      telemetry.emit("sync_started", { ...repository, trigger });
      telemetry.emit("git_fetched", { ...repository, durationMs: 300 });
      telemetry.emit("apply_completed", { ...repository, durationMs: 200 });
      telemetry.emit("sync_completed", { ...repository, trigger, durationMs: 2000 });
      telemetry.measure("worker_memory", { ...repository, bytes: 1e6 });
      telemetry.measure("suspension", { ...repository, suspended: false });
    }
    const text = await (await handler(new Request("http://localhost/metrics"))).text();
    const lines: string[] = [];
    for (const line of text.split("\n")) {
      const [, name, labels, value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      // The namespace of a repository is another than that of the target.
      if (name === undefined || name === "alumiini_repo_info") continue;
      lines.push(`${name}{${labels === undefined ? "" : `${labels},`}${instance}} ${value} ${now}\n`);
    }
    pieces.push(lines.join(""));
  }
  for (let at = end - RECORDED_MINUTES * 60; at <= end; at += EVALUATION_SECONDS) {
    const lines: string[] = [];
    for (const name of names) {
      const labels = `{${target},repo_name="${name}"}`;
      lines.push(`alumiini:repo_syncs_good:rate5m${labels} 0.0033 ${at}\n`);
      lines.push(`alumiini:repo_last_success:max${labels} ${at - 100} ${at}\n`);
    }
    for (const slo of ["sync-success", "sync-latency", "git-fetch-latency", "apply-latency"]) {
      lines.push(`alumiini:judged:rate5m{${target},slo="${slo}"} ${repositories / 300} ${at}\n`);
    }
    lines.push(`alumiini:controller_up{${target}} 1 ${at}\n`);
    pieces.push(lines.join(""));
  }
  pieces.push("# EOF\n");
  return pieces;
}

/** The groups of a file of rules, as Prometheus reads it. */
async function groupsOf(rules: string): Promise<Group[]> {
  const prometheus = await startPrometheus("127.0.0.1:9", { rules });
  try {
    return listOf(property(property(await prometheus.api("rules"), "data"), "groups")).map((group) => ({
      name: String(property(group, "name")),
      rules: listOf(property(group, "rules")).map((rule) => ({
        name: String(property(rule, "name")),
        expr: String(property(rule, "query")),
      })),
    }));
  } finally {
    await prometheus.stop();
  }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
