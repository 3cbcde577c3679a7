import type { DoraAnswer, DoraMeasure, DoraMeasureName } from "@alumiini/history";
import { useMemo } from "preact/hooks";
import { Chart, type ChartData, ChartTable } from "../../parts/chart.js";
import { NumberButton } from "../../parts/evidence.js";
import { DORA_WORDS } from "../../words/definitions.js";
import { count, figure, NBSP, NO_VALUE, plural } from "../../words/numbers.js";
import { type By, longTime, valueWords } from "./value.js";

interface CardProps {
  readonly name: DoraMeasureName;
  readonly answer: DoraAnswer;
  readonly by: By;
  readonly table: boolean;
  readonly current: boolean;
  open(): void;
}

/** One measure: its value, chart, coverage and definition. */
export function Card({ name, answer, by, table, current, open }: CardProps) {
  const measure = answer.measures[name];
  const { title, lower, text } = DORA_WORDS[name];
  const { shown, beside } = valueWords(measure, by);
  const data = useMemo(() => chartOf(name, answer), [name, answer]);
  const { coverage } = measure;
  return (
    <section class={`card${current ? " current" : ""}`} aria-labelledby={`title-${name}`}>
      <h2 id={`title-${name}`}>{title}</h2>
      <p class="key">
        <NumberButton
          id={`number-${name}`}
          shown={shown === NO_VALUE ? "–" : shown}
          what={`${lower}${beside === "" ? "" : `, ${beside}`}`}
          open={open}
        />{" "}
        <span class="second-text">{beside}</span>
      </p>
      <p class="second">{measure.value === null ? (measure.why ?? "Nothing tells it.") : besides(name, measure)}</p>
      {measure.value === null ? (
        <NoChart of={`${count(coverage.known)} of ${count(coverage.total)} say it`} />
      ) : table ? (
        <ChartTable data={data} caption={`${title} by ${by}`} column={title} />
      ) : (
        <Chart data={data} name={chartName(title, by, data)} />
      )}
      <CoverageStrip name={name} answer={answer} />
      <p class="second">
        <b>
          {count(coverage.known)} of {count(coverage.total)} {coverage.of}
        </b>{" "}
        known{coverage.observed < 1 && <>; {Math.floor(coverage.observed * 100)} % of the time was observed</>}
      </p>
      <details class="second">
        <summary>{measure.value === null ? "Definition, and how to fill this" : "Definition"}</summary>
        <p>{text}</p>
      </details>
    </section>
  );
}

function besides(name: DoraMeasureName, measure: DoraMeasure): string {
  const p90 = measure.p90 === null ? "" : `9 of 10 within ${longTime(measure.p90)} · `;
  if (name === "changeLeadTime") return `${p90}commit to running`;
  if (name === "failedDeploymentRecoveryTime") return `${p90}failure to the next good state`;
  const counted = measure.evidence.counted.reduce((sum, each) => sum + each.count, 0);
  if (name === "deploymentFrequency") return plural(counted, "deployment");
  return `${count(counted)} of ${count(measure.coverage.known)}`;
}

function chartOf(name: DoraMeasureName, { buckets, since, until, notObserved }: DoraAnswer): ChartData {
  const isCount = name === "deploymentFrequency";
  const values = buckets.map((bucket) =>
    isCount ? (bucket.observed ? bucket.deployments : null) : bucket.measures[name].value,
  );
  const rings = new Set(
    buckets.flatMap(({ measures }, index) =>
      measures[name].coverage.known < measures[name].coverage.total / 2 ? [index] : [],
    ),
  );
  const running = buckets.findIndex((bucket) => bucket.running);
  const blank = buckets.filter((bucket) => !bucket.observed);
  return {
    kind: isCount || name === "changeFailRate" ? "bars" : "line",
    at: buckets.map((bucket) => (bucket.since + bucket.until) / 2),
    values,
    hatched: blank.length > 0 ? blank : notObserved,
    rings,
    running: running < 0 ? undefined : running,
    since: buckets[0]?.since ?? since,
    until: buckets.at(-1)?.until ?? until,
    unit: isCount || name === "changeFailRate" || name === "deploymentReworkRate" ? "number" : "time",
    format: isCount
      ? figure
      : name === "changeFailRate" || name === "deploymentReworkRate"
        ? (share) => `${figure(share * 100)}${NBSP}%`
        : longTime,
  };
}

function chartName(title: string, by: By, { values: all, format, hatched }: ChartData): string {
  const known = all.filter((each): each is number => each !== null);
  const range = known.length === 0 ? "no value" : `${format(Math.min(...known))} to ${format(Math.max(...known))}`;
  return `${title} by ${by}, ${range}${hatched.length > 0 ? `, ${plural(hatched.length, by)} not observed` : ""}`;
}

function NoChart({ of }: { readonly of: string }) {
  return (
    <div class="no-chart">
      <svg aria-hidden="true">
        <rect width="100%" height="100%" fill="url(#hatch)" />
      </svg>
      <span>{of}</span>
    </div>
  );
}

function CoverageStrip({ name, answer }: { readonly name: DoraMeasureName; readonly answer: DoraAnswer }) {
  const size = 100 / Math.max(1, answer.buckets.length);
  return (
    <svg class="coverage" aria-hidden="true">
      <rect class="frame" x="0" y="0.5" width="100%" height="6" />
      {answer.buckets.map((bucket, index) => {
        const { known, total } = bucket.measures[name].coverage;
        if (!bucket.observed || (total > 0 && known === 0)) return null;
        return (
          <rect
            key={bucket.since}
            x={`${index * size}%`}
            y="1"
            width={`${size}%`}
            height="5"
            class={known < total ? "partly" : "known"}
          />
        );
      })}
    </svg>
  );
}
