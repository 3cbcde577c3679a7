import { createTelemetry, type Telemetry } from "@alumiini/core";
import { Registry } from "prom-client";
import {
  metricsFetchHandler,
  type PrometheusOptions,
  type PrometheusSubscriber,
  prometheusSubscriber,
} from "../../src/index.js";
import { ruleGroups, rulesYaml } from "../../src/rules/index.js";

/** The metrics that rules are about; promtool need not read the others. */
const IN_RULES = new Set(rulesYaml(ruleGroups()).match(/\balumiini_[a-z_]+(?=[{)[ ])/g));

/** One process of the controller, from its start to its end. */
export interface Replica {
  readonly telemetry: Telemetry;
  readonly prometheus: PrometheusSubscriber;
  /** It ends: its target is gone from the next scrape on. */
  stop(): void;
}

/** What a replica is started with. */
export interface ReplicaOptions extends PrometheusOptions {
  /** Labels of the scrape target. */
  readonly target?: Readonly<Record<string, string>>;
  /** Scraped as OpenMetrics, whose bounds read `30000.0`. */
  readonly openMetrics?: boolean;
}

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
  readonly #stepSeconds: number;
  readonly #scrapes: (() => Promise<readonly (readonly [series: string, value: number])[]>)[] = [];
  readonly #values = new Map<string, Map<number, number>>();
  #step = 0;

  constructor(stepSeconds = 60) {
    this.#stepSeconds = stepSeconds;
  }

  get interval(): string {
    return `${this.#stepSeconds}s`;
  }

  /** Simulated seconds since the start. */
  get seconds(): number {
    return this.#step * this.#stepSeconds;
  }

  /** Starts a controller. */
  start({ target, openMetrics = false, ...options }: ReplicaOptions = {}): Replica {
    const register = new Registry();
    const prometheus = prometheusSubscriber({ ...options, register, exemplars: openMetrics });
    const clock = { now: () => this.seconds * 1000, monotonic: () => this.seconds * 1000 };
    const telemetry = createTelemetry({ clusterId: "prod", clock });
    telemetry.subscribe(prometheus);
    const add = labelAdder({ cluster: "prod", namespace: "gitops", job: "alumiini", instance: "pod-1", ...target });
    const handler = metricsFetchHandler({ register });
    const headers = openMetrics ? { accept: "application/openmetrics-text" } : undefined;
    const scrape = async () => {
      const text = await (await handler(new Request("http://localhost/metrics", headers && { headers }))).text();
      return samplesInRules(text).map(([series, value]) => [add(series), value] as const);
    };
    this.#scrapes.push(scrape);
    return { telemetry, prometheus, stop: () => void this.#scrapes.splice(this.#scrapes.indexOf(scrape), 1) };
  }

  /** Lets time pass; `act` is called at every step, with the number of the step since the call. */
  async run(minutes: number, act: (step: number) => void = () => {}): Promise<void> {
    const steps = Math.round((minutes * 60) / this.#stepSeconds);
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

  /** All that was scraped so far, but series whose names `leaveOut` matches. */
  inputSeries(leaveOut?: RegExp): InputSeries[] {
    return Array.from(this.#values, ([series, values]) => ({
      series,
      values: Array.from({ length: this.#step }, (_, step) => notation(values, step)).join(" "),
    })).filter(({ series }) => leaveOut === undefined || !leaveOut.test(series));
  }
}

/** The samples of the metrics that rules are about, without exemplars. */
function samplesInRules(text: string): (readonly [series: string, value: number])[] {
  return text.split("\n").flatMap((line) => {
    const name = /^[a-z_]+/.exec(line)?.[0] ?? "";
    if (!IN_RULES.has(name.replace("_seconds_", "_milliseconds_")) && !IN_RULES.has(name)) return [];
    const [sample = ""] = line.split(" # ");
    const space = sample.lastIndexOf(" ");
    return [[sample.slice(0, space), Number(sample.slice(space + 1))] as const];
  });
}

/** A value; what ends is marked as Prometheus marks it, what is not there yet is nothing. */
function notation(values: ReadonlyMap<number, number>, step: number): string {
  const value = values.get(step);
  if (value !== undefined) return String(value);
  return values.has(step - 1) ? "stale" : "_";
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
