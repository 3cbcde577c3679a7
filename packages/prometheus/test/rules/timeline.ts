import { createTelemetry, type Telemetry } from "@alumiini/core";
import { Registry } from "prom-client";
import {
  metricsFetchHandler,
  type PrometheusOptions,
  type PrometheusSubscriber,
  prometheusSubscriber,
} from "../../src/index.js";
import { ruleGroups, rulesYaml } from "../../src/rules/index.js";

/** The metrics that rules are about; promtool need not read the others unless runbooks are asked for. */
const IN_RULES = new Set(rulesYaml(ruleGroups()).match(/\b(alumiini|process)_[a-z_]+(?=[{)[ ])/g));

/** One process of the controller, from its start to its end. */
export interface Replica {
  readonly telemetry: Telemetry;
  readonly prometheus: PrometheusSubscriber;
  /** It ends: its target is gone from the next scrape on. */
  stop(): void;
}

/** What a replica is started with. */
export interface ReplicaOptions extends PrometheusOptions {
  /** Of its telemetry. Default `prod`. */
  readonly clusterId?: string;
  /** Labels of the scrape target. */
  readonly target?: Readonly<Record<string, string>>;
  /** Scraped as OpenMetrics, whose bounds read `30000.0`. */
  readonly openMetrics?: boolean;
  /** Seconds by which the controller's clock is ahead of Prometheus'. */
  readonly clockAheadSeconds?: number;
}

/** Labels that a scrape target has unless told otherwise. */
const TARGET = { cluster: "prod", namespace: "gitops", job: "alumiini", instance: "pod-1" };

/** One series as promtool takes it. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/**
 * Lets controllers run in simulated time and scrapes them at every step, so that what the rules are tested with is what
 * the package really exposes: names, labels and bounds.
 */
export class Timeline {
  /** Seconds between two scrapes, which are evaluations, too. */
  readonly stepSeconds: number;
  readonly #scrapes: (() => Promise<readonly (readonly [series: string, value: number])[]>)[] = [];
  readonly #values = new Map<string, Map<number, number>>();
  readonly #everything: boolean;
  #step = 0;

  /** Keeps what rules are about, or `everything`. */
  constructor(stepSeconds = 60, everything = false) {
    this.stepSeconds = stepSeconds;
    this.#everything = everything;
  }

  get hasEverything(): boolean {
    return this.#everything;
  }

  get interval(): string {
    return `${this.stepSeconds}s`;
  }

  /** Simulated seconds since the start. */
  get seconds(): number {
    return this.#step * this.stepSeconds;
  }

  /** Starts a controller. */
  start({
    clusterId = "prod",
    target,
    openMetrics = false,
    clockAheadSeconds = 0,
    ...options
  }: ReplicaOptions = {}): Replica {
    const register = new Registry();
    const prometheus = prometheusSubscriber({ ...options, register, exemplars: openMetrics });
    const now = () => (this.seconds + clockAheadSeconds) * 1000;
    const clock = { now, monotonic: now };
    const telemetry = createTelemetry({ clusterId, clock });
    telemetry.subscribe(prometheus);
    const handler = metricsFetchHandler({ register });
    const headers = openMetrics ? { accept: "application/openmetrics-text" } : undefined;
    const stop = this.expose(
      async () => (await handler(new Request("http://localhost/metrics", headers && { headers }))).text(),
      target,
    );
    return { telemetry, prometheus, stop };
  }

  /** Adds a target that exposes any text; returns what takes it away again. */
  expose(text: () => string | Promise<string>, target?: Readonly<Record<string, string>>): () => void {
    const add = labelAdder({ ...TARGET, ...target });
    const scrape = async () =>
      samplesOf(await text(), this.#everything).map(([series, value]) => [add(series), value] as const);
    this.#scrapes.push(scrape);
    return () => void this.#scrapes.splice(this.#scrapes.indexOf(scrape), 1);
  }

  /** Lets time pass; `act` is called at every step, with the number of the step since the call. */
  async run(minutes: number, act: (step: number) => void = () => {}): Promise<void> {
    const steps = Math.round((minutes * 60) / this.stepSeconds);
    for (let step = 0; step < steps; step++) {
      act(step);
      for (const scrape of this.#scrapes) {
        for (const [series, value] of await scrape()) {
          const values = this.#values.get(series);
          if (values === undefined) this.#values.set(series, new Map([[this.#step, value]]));
          else values.set(this.#step, value);
        }
      }
      this.#step++;
    }
  }

  /** All that was scraped, as OpenMetrics with the times of day that it would have if the first scrape was at `begin`. */
  *openMetrics(begin: number): Iterable<string> {
    for (const [series, values] of this.#values) {
      yield Array.from(values, ([step, value]) => `${series} ${value} ${begin + step * this.stepSeconds}\n`).join("");
    }
    yield "# EOF\n";
  }

  /** All that was scraped so far, but series whose names `leaveOut` matches. */
  inputSeries(leaveOut?: RegExp): InputSeries[] {
    return Array.from(this.#values, ([series, values]) => ({
      series,
      values: shortened(Array.from({ length: this.#step }, (_, step) => notation(values, step))),
    })).filter(({ series }) => leaveOut === undefined || !leaveOut.test(series));
  }
}

/** The samples of the metrics that rules are about, or of all, without exemplars. */
function samplesOf(text: string, everything: boolean): (readonly [series: string, value: number])[] {
  return text.split("\n").flatMap((line) => {
    const name = /^[a-z_]+/.exec(line)?.[0] ?? "";
    if (everything && name !== "") return [sampleOf(line)];
    if (!IN_RULES.has(name.replace("_seconds_", "_milliseconds_")) && !IN_RULES.has(name)) return [];
    return [sampleOf(line)];
  });
}

function sampleOf(line: string): readonly [series: string, value: number] {
  const [sample = ""] = line.split(" # ");
  const space = sample.lastIndexOf(" ");
  return [sample.slice(0, space), Number(sample.slice(space + 1))];
}

/** A value; what ends is marked as Prometheus marks it, what is not there yet is nothing. */
function notation(values: ReadonlyMap<number, number>, step: number): string {
  const value = values.get(step);
  if (value !== undefined) return String(value);
  return values.has(step - 1) ? "stale" : "_";
}

/** What repeats, as `5+0x3` for four times 5 and `_x4` for four times nothing. */
function shortened(values: readonly string[]): string {
  const parts: string[] = [];
  for (let start = 0; start < values.length; ) {
    let end = start + 1;
    while (end < values.length && values[end] === values[start]) end++;
    const [value = "", count] = [values[start], end - start];
    if (count === 1) parts.push(value);
    else if (value === "_") parts.push(`_x${count}`);
    else parts.push(value === "stale" ? Array(count).fill(value).join(" ") : `${value}+0x${count - 1}`);
    start = end;
  }
  return parts.join(" ");
}

/** Adds the target's labels as Prometheus does: what the exposition names alike becomes `exported_…`. */
function labelAdder(labels: Readonly<Record<string, string>>): (series: string) => string {
  const text = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  const taken = new RegExp(`(^|,)(${Object.keys(labels).join("|")})=`, "g");
  const known = new Map<string, string>();
  return (series) => {
    const cached = known.get(series);
    if (cached !== undefined) return cached;
    const [, name = "", own = ""] = /^([a-z_]+)(?:\{(.*)\})?$/.exec(series) ?? [];
    const all = [own.replaceAll(taken, "$1exported_$2="), ...text].filter((part) => part !== "");
    const labelled = `${name}{${all.join(",")}}`;
    known.set(series, labelled);
    return labelled;
  };
}
