import type { SloAnswer, SloItem, SloName } from "@alumiini/history";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { serverNow } from "../api/clock.js";
import { useAnswer } from "../api/use-answer.js";
import { command } from "../frame/commands.js";
import { SameInTerminal, setTitle } from "../frame/foot.js";
import { onKey } from "../frame/keys.js";
import { go, href, type Route, scopeOf, spanOf, value, values } from "../frame/route.js";
import { Chart, type ChartData, ChartTable } from "../parts/chart.js";
import { EvidencePanel, NumberButton } from "../parts/evidence.js";
import { Failure, Loading, NothingArrived } from "../parts/states.js";
import { NoValue, StateLabel, Text } from "../parts/text.js";
import { badShare, budget, bytes, count, figure, goodShare, NBSP, plural } from "../words/numbers.js";
import { SLO_STATES } from "../words/states.js";
import { duration, iso, spanWords } from "../words/times.js";

const TITLES: Readonly<Record<SloName, string>> = {
  syncSuccess: "Syncs succeed",
  syncLatency: "Syncs are quick",
  gitFetchLatency: "Git fetches are quick",
  applyLatency: "Applies are quick",
  workerRestarts: "Workers stay up",
  workerMemory: "Worker memory",
  cacheHitRate: "Cache hit rate",
};
const ORDER = Object.keys(SLO_STATES);
const MINUTE = 60_000;

/** May we still deploy? */
export function Slo({ route }: { readonly route: Route }) {
  const now = Math.ceil(serverNow() / MINUTE) * MINUTE;
  const { last, since, until } = useMemo(
    () => spanOf(route, "30d", now),
    [value(route, "last"), value(route, "from"), value(route, "to")],
  );
  const scope = scopeOf(route);
  const asked = useAnswer("slo", { ...scope, since, until });
  const { data } = asked;
  const [tables, setTables] = useState(false);
  useEffect(() => onKey("t", () => setTables((before) => !before)), []);
  const heading = data === undefined ? "Objectives" : sentence(data.items);
  useEffect(() => setTitle(`${heading} · SLO`), [heading]);
  const explain = data?.items.find((item) => item.name === value(route, "explain"));
  const close = useCallback(() => {
    const id = explain === undefined ? undefined : `number-${explain.name}`;
    go(href("slo", { ...values(route), explain: "" }), { replace: true });
    if (id !== undefined) setTimeout(() => document.getElementById(id)?.focus());
  }, [route, explain]);
  const open = (item: SloItem) => go(href("slo", { ...values(route), explain: item.name }), { replace: true });
  const sorted = [...(data?.items ?? [])].sort(
    (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.budgetLeft ?? 2) - (b.budgetLeft ?? 2),
  );
  const tiles = sorted.filter((item) => item.budgetLeft !== null);
  const rest = sorted.filter((item) => item.budgetLeft === null);
  const window = last === undefined ? "in this window" : `in these ${spanWords(last)}`;
  const options = {
    cluster: scope.clusterId,
    environment: scope.environment,
    namespace: scope.namespace,
    ...(last === undefined ? { since: iso(since), until: iso(until) } : { since: last }),
  };
  const empty = data?.items.every((item) => item.state === "not_measured" && item.coverage.total === 0) ?? false;
  return (
    <div class={explain === undefined ? undefined : "with-panel"}>
      <div>
        <h1 tabIndex={-1}>{heading}</h1>
        <p class="lead">
          Budget: how many may still go wrong before the objective is missed. Below the dashed line it is missed. The
          number on a tile is the last point of its line.{" "}
          <button type="button" class="link" aria-pressed={tables} onClick={() => setTables(!tables)}>
            {tables ? "Charts" : "Tables"} <kbd>t</kbd>
          </button>
        </p>
        <Failure of={asked} />
        <Loading of={asked} what="objectives" />
        {empty && <NothingArrived />}
        {data !== undefined && !empty && (
          <div class={asked.old ? "old" : undefined}>
            <div class="cards tiles">
              {tiles.map((item) => (
                <Tile
                  key={item.name}
                  item={item}
                  answer={data}
                  window={window}
                  table={tables}
                  open={() => open(item)}
                />
              ))}
            </div>
            <Rest items={rest} />
          </div>
        )}
        <SameInTerminal command={command("slo", options)} />
      </div>
      {explain !== undefined && (
        <EvidencePanel
          key={explain.name}
          title={`${TITLES[explain.name]}: why ${nowWords(explain)}?`}
          evidence={explain.evidence}
          meaning={meansOf(explain)}
          ids={explain.evidence.ids}
          command={command("slo", { ...options, output: "json" })}
          close={close}
        >
          {explain.evidence.ids.length > 0 && (
            <>
              <h2>Bad ones, newest first</h2>
              <ul class="plain-list" data-list>
                {explain.evidence.ids.slice(0, 20).map((id) => (
                  <li key={id}>
                    <a href={href("event", {}, id)}>
                      <Text cut={40}>{id}</Text>
                    </a>
                  </li>
                ))}
              </ul>
              {explain.evidence.ids.length > 20 && (
                <p class="second">
                  {count((explain.bad ?? explain.evidence.ids.length) - 20)} more; copy the ids to have{" "}
                  {count(explain.evidence.ids.length)}.
                </p>
              )}
            </>
          )}
        </EvidencePanel>
      )}
    </div>
  );
}

function sentence(items: readonly SloItem[]): string {
  const number = (state: SloItem["state"]) => items.filter((item) => item.state === state).length;
  const parts = [
    [number("spent"), "objective is spent", "objectives are spent"],
    [number("burning_fast"), "is burning fast", "are burning fast"],
    [number("holds"), "holds", "hold"],
    [number("not_measured"), "can't be judged here", "can't be judged here"],
  ] as const;
  const said = parts.filter(([size]) => size > 0).map(([size, one, many]) => `${size} ${size === 1 ? one : many}`);
  return said.length === 0 ? "No objective is set" : said.join(", ");
}

function meansOf({ name, objective, thresholdMs, kind }: SloItem): string {
  if (name === "workerRestarts") return `less than ${figure(objective)} restart an hour and repository`;
  if (name === "workerMemory") return `less than ${bytes(objective)}`;
  if (name === "cacheHitRate") return `over ${goodShare(objective)}`;
  const of = name === "syncSuccess" ? "of syncs" : `within ${duration(thresholdMs ?? 0)}`;
  return kind === "budget" ? `${goodShare(objective)} ${of}` : of;
}

function nowWords({ kind, value: number }: SloItem): string {
  if (number === null) return "no value";
  return kind === "budget" ? goodShare(number) : figure(number);
}

interface TileProps {
  readonly item: SloItem;
  readonly answer: SloAnswer;
  readonly window: string;
  readonly table: boolean;
  open(): void;
}

function Tile({ item, answer, window, table, open }: TileProps) {
  const title = TITLES[item.name];
  const bad = item.thresholdMs === null ? "failures" : "slow ones";
  const left = item.allowed !== null && item.bad !== null ? Math.floor(item.allowed - item.bad + 1e-9) : null;
  const data = useMemo(() => chartOf(item, answer), [item, answer]);
  return (
    <section class="card tile" aria-labelledby={`title-${item.name}`}>
      <div class="title-row">
        <h2 id={`title-${item.name}`}>{title}</h2>
        <StateLabel of={SLO_STATES[item.state]} live />
      </div>
      <p class="second">{meansOf(item)}</p>
      <div class="pair">
        <div>
          <NumberButton id={`number-${item.name}`} shown={nowWords(item)} what={title} open={open} />
          <p class="second">{window}</p>
        </div>
        <div>
          <NumberButton
            id={`budget-${item.name}`}
            shown={budget(item.budgetLeft ?? 0)}
            what={`budget left of ${title}`}
            open={open}
          />
          <p class="second">
            {left === null
              ? "budget left"
              : left >= 0
                ? `budget left: ${count(left)} ${bad}`
                : `budget left: ${count(-left)} ${bad} over`}
          </p>
        </div>
      </div>
      {table ? (
        <ChartTable data={data} caption={`${title}, budget left`} column="Budget left" />
      ) : (
        <Chart
          data={data}
          name={`${title}, budget left from ${data.format(data.values.find((each) => each !== null) ?? 1)} to ${budget(item.budgetLeft ?? 0)}`}
          height={110}
        />
      )}
      <p class="second">
        {item.bad !== null &&
          item.total !== null &&
          item.allowed !== null &&
          `${count(item.bad)} of ${count(item.total)} ${item.thresholdMs === null ? "failed" : "too slow"}; ${count(Math.floor(item.allowed))} allowed. `}
        {rateWords(item)}
      </p>
    </section>
  );
}

function rateWords({ burnRate, spentInMs }: SloItem): string {
  const rate = burnRate.last6Hours;
  if (rate === null) return "Nothing in the last 6 hours.";
  const words = `In the last 6${NBSP}h the budget went ${figure(rate)}${NBSP}times as fast as it may`;
  return spentInMs === null ? `${words}.` : `${words}; at this rate spent in ${duration(spentInMs)}.`;
}

function chartOf({ points }: SloItem, { since, until }: SloAnswer): ChartData {
  const step = points.length > 1 ? (points[1]?.at ?? 0) - (points[0]?.at ?? 0) : 0;
  return {
    kind: "line",
    at: points.map((point) => point.at),
    values: points.map((point) => point.budgetLeft),
    hatched: points
      .filter((point) => point.budgetLeft === null)
      .map((point) => ({ since: point.at - step, until: point.at })),
    since,
    until,
    limit: true,
    unit: "number",
    format: budget,
  };
}

function Rest({ items }: { readonly items: readonly SloItem[] }) {
  if (items.length === 0) return null;
  return (
    <table class="rows plain-rows" role="table">
      <caption class="hidden">Objectives without a budget, or without a value</caption>
      <thead role="rowgroup">
        <tr role="row">
          {["Objective", "State", "Means"].map((word) => (
            <th key={word} scope="col" role="columnheader">
              {word}
            </th>
          ))}
          <th scope="col" role="columnheader" class="number">
            Now
          </th>
          <th scope="col" role="columnheader">
            Based on
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {items.map((item) => (
          <tr role="row" key={item.name}>
            <td role="cell">
              <b>{TITLES[item.name]}</b>
            </td>
            <td role="cell">
              <StateLabel of={SLO_STATES[item.state]} />
            </td>
            <td role="cell">{meansOf(item)}</td>
            <td role="cell" class="number">
              {item.value === null ? (
                <NoValue why="no value" />
              ) : (
                <>
                  {nowWords(item)}
                  {item.kind === "level" && <span class="second"> a level, no budget</span>}
                </>
              )}
            </td>
            <td role="cell" class="second-text">
              {basis(item)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function basis(item: SloItem): string {
  const { known, total, of } = item.coverage;
  if (item.name === "workerMemory" || item.name === "cacheHitRate")
    return "needs metrics, events don't carry it; Grafana shows it";
  if (item.name === "workerRestarts" && item.value === null) return "no worker events; Flux and Argo CD send none";
  if (item.value === null)
    return total === 0 ? `no ${of} in this window` : `0 of ${count(total)} ${of} have a duration`;
  if (item.kind === "level") return `${plural(known, of.replace(/s$/, ""))}, ${plural(item.bad ?? 0, "restart")}`;
  return `${count(known)} of ${count(total)} ${of}${item.bad === null ? "" : `, ${count(item.bad)} bad (${badShare(item.bad / Math.max(1, total))})`}`;
}
