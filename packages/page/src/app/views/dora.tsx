import type { DoraAnswer, DoraMeasure, DoraMeasureName } from "@alumiini/history";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { serverNow } from "../api/clock.js";
import { useAnswer } from "../api/use-answer.js";
import { command } from "../frame/commands.js";
import { SameInTerminal, setTitle } from "../frame/foot.js";
import { onKey } from "../frame/keys.js";
import {
  go,
  href,
  list,
  type Route,
  repoParameter,
  repositoryOf,
  scopeOf,
  spanOf,
  value,
  values,
} from "../frame/route.js";
import { Chart, type ChartData, ChartTable } from "../parts/chart.js";
import { EvidencePanel, NumberButton } from "../parts/evidence.js";
import { Failure, Loading, NothingArrived } from "../parts/states.js";
import { FullTime, Name, Text } from "../parts/text.js";
import { DORA_WORDS } from "../words/definitions.js";
import { plainText, shortRevision } from "../words/names.js";
import { badShare, count, figure, NBSP, NO_VALUE, plural } from "../words/numbers.js";
import { reasonWords } from "../words/reasons.js";
import { duration, iso } from "../words/times.js";

type By = "day" | "week" | "month";
const NAMES = Object.keys(DORA_WORDS).filter((name): name is DoraMeasureName => name in DORA_WORDS);
const DAYS: Readonly<Record<By, number>> = { day: 1, week: 7, month: 30 };
const MINUTE = 60_000;

/** How do we deliver, and how sure is that? */
export function Dora({ route }: { readonly route: Route }) {
  const repository = repositoryOf(route);
  const by = byOf(value(route, "by"));
  const explain = NAMES.find(
    (name) => name === value(route, "explain") || DORA_WORDS[name].short === value(route, "explain"),
  );
  // A minute is precise enough for weeks, and the same question asked again is the same request.
  const now = Math.ceil(serverNow() / MINUTE) * MINUTE;
  const { last, since, until } = useMemo(
    () => spanOf(route, "26w", now),
    [value(route, "last"), value(route, "from"), value(route, "to")],
  );
  const scope =
    repository === undefined
      ? scopeOf(route)
      : {
          ...scopeOf(route),
          clusterId: [repository.clusterId],
          namespace: [repository.namespace],
          repoName: [repository.repoName],
        };
  const question = { ...scope, since, until, by };
  const asked = useAnswer("dora", question);
  const { data } = asked;
  const [tables, setTables] = useState(false);
  useEffect(() => onKey("t", () => setTables((before) => !before)), []);
  const subject = [
    repository?.repoName ?? "all repositories",
    list(route, "env").length > 0 ? `in ${list(route, "env").join(", ")}` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
  const heading = data === undefined ? "Five measures of delivery" : sentence(data, subject);
  useEffect(() => setTitle("DORA"), []);
  const close = useCallback(() => {
    const id = explain === undefined ? undefined : `number-${explain}`;
    go(href("dora", { ...values(route), explain: "" }), { replace: true });
    if (id !== undefined) setTimeout(() => document.getElementById(id)?.focus());
  }, [route, explain]);
  const options = {
    cluster: scope.clusterId,
    namespace: scope.namespace,
    environment: scope.environment,
    repo: repository?.repoName,
    ...(last === undefined ? { since: iso(since), until: iso(until) } : { since: last }),
    by: by === "week" ? undefined : by,
  };
  const empty = data !== undefined && NAMES.every((name) => data.measures[name].coverage.total === 0);
  return (
    <div class={explain !== undefined && data !== undefined ? "with-panel" : undefined}>
      <div>
        <h1 tabIndex={-1}>{plainText(heading)}</h1>
        <p class="lead">
          Click a number to see the events it rests on. Hatched time was not observed; it is left out, not counted as 0.
        </p>
        <Failure of={asked} />
        <Loading of={asked} what="deployments" />
        {empty ? (
          <NothingArrived />
        ) : (
          data !== undefined && (
            <div class={`cards${asked.old ? " old" : ""}`}>
              {NAMES.map((name) => (
                <Card
                  key={name}
                  name={name}
                  answer={data}
                  by={by}
                  table={tables}
                  open={() => go(href("dora", { ...values(route), explain: name }), { replace: true })}
                  current={explain === name}
                />
              ))}
              <section class="card quiet">
                <h2>How to read this</h2>
                <ul class="dots">
                  <li>A bar on the base line is a real 0, with a 0 above it.</li>
                  <li>Hatched: not observed. An outline: still running.</li>
                  <li>
                    The strip below a chart: filled known, hatched partly, empty unknown. A ring rests on under half of
                    its {by}.
                  </li>
                  <li>No grades, and no red or green: more is not always better.</li>
                  <li>
                    <button type="button" class="link" aria-pressed={tables} onClick={() => setTables(!tables)}>
                      {tables ? "Charts instead of tables" : "Tables instead of charts"}
                    </button>{" "}
                    <kbd>t</kbd>
                  </li>
                </ul>
              </section>
            </div>
          )
        )}
        <SameInTerminal command={command("dora", options)} />
      </div>
      {explain !== undefined && data !== undefined && (
        <Explained
          key={explain}
          name={explain}
          answer={data}
          by={by}
          question={question}
          close={close}
          twin={command("dora", { ...options, explain: DORA_WORDS[explain].short })}
        />
      )}
    </div>
  );
}

function byOf(text: string): By {
  return text === "day" || text === "month" ? text : "week";
}

function sentence(answer: DoraAnswer, subject: string): string {
  const { value: rate, coverage } = answer.measures.changeFailRate;
  if (coverage.total === 0) return `No deployment of ${subject} is known in this time`;
  const failed = rate === null ? "nothing tells how many failed" : `${badShare(rate)} failed`;
  return `${plural(coverage.total, "deployment")} of ${subject}, ${failed}`;
}

/** The value in words, its unit beside it. */
function valueWords({ value: number, unit }: DoraMeasure, by: By): { readonly shown: string; readonly beside: string } {
  if (number === null) return { shown: NO_VALUE, beside: "no value" };
  if (unit === "per_day") return { shown: figure(number * DAYS[by]), beside: `per ${by}` };
  if (unit === "ms") return { shown: longTime(number), beside: "median" };
  return { shown: badShare(number), beside: "" };
}

/** `21.6 h`, `38 min`. */
function longTime(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours < 10) return duration(Math.round(ms / MINUTE) * MINUTE || ms);
  return hours < 96 ? `${figure(hours)}${NBSP}h` : `${figure(hours / 24)}${NBSP}d`;
}

interface CardProps {
  readonly name: DoraMeasureName;
  readonly answer: DoraAnswer;
  readonly by: By;
  readonly table: boolean;
  readonly current: boolean;
  open(): void;
}

function Card({ name, answer, by, table, current, open }: CardProps) {
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

interface ExplainedProps {
  readonly name: DoraMeasureName;
  readonly answer: DoraAnswer;
  readonly by: By;
  readonly question: Readonly<Record<string, string | number | readonly string[]>>;
  readonly twin: string;
  close(): void;
}

function Explained({ name, answer, by, question, twin, close }: ExplainedProps) {
  const [limit, setLimit] = useState(20);
  const asked = useAnswer("dora", { ...question, explain: name, limit });
  const explained = asked.data?.explained ?? undefined;
  const measure = answer.measures[name];
  const { shown } = valueWords(measure, by);
  return (
    <EvidencePanel
      title={measure.value === null ? "Why no value?" : `Why ${shown}?`}
      evidence={measure.evidence}
      meaning={DORA_WORDS[name].meaning}
      ids={explained?.items.map((item) => item.eventId) ?? measure.evidence.ids}
      command={twin}
      close={close}
    >
      <Failure of={asked} />
      {explained !== undefined && explained.total > 0 && (
        <>
          <h2>{count(explained.total)}, newest first</h2>
          <ul class="plain-list" data-list>
            {explained.items.map((item) => (
              <li key={item.eventId}>
                <span class="second">
                  <FullTime at={item.at} />
                </span>
                <span>
                  <Name text={item.repoName} to={href("sync", { repo: repoParameter(item) }, item.syncId)} />{" "}
                  {item.revision !== null && (
                    <code>
                      <Text cut={24}>{shortRevision(item.revision)}</Text>
                    </code>
                  )}
                </span>
                <span class="second">
                  {reasonWords(item.reason)}
                  {item.durationMs !== null && `, ${longTime(item.durationMs)}`}
                  {item.errorType !== null && (
                    <>
                      , <Text cut={32}>{item.errorType}</Text>
                    </>
                  )}
                  {item.relatedRevision !== null && (
                    <>
                      ,{" "}
                      <code>
                        <Text cut={24}>{shortRevision(item.relatedRevision)}</Text>
                      </code>
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
          {explained.total > explained.items.length && limit < 500 && (
            <button type="button" class="link" onClick={() => setLimit(limit === 20 ? 100 : 500)}>
              {count(explained.total - explained.items.length)} more
            </button>
          )}
        </>
      )}
    </EvidencePanel>
  );
}
