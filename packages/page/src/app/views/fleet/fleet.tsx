import type { FleetAnswer, FleetState } from "@alumiini/history";
import { useEffect, useRef, useState } from "preact/hooks";
import { usePast } from "../../api/live.js";
import { useAnswer } from "../../api/use-answer.js";
import { command } from "../../frame/commands.js";
import { SameInTerminal, setTitle } from "../../frame/foot.js";
import { carried, go, href, list, type Route, scopeOf, value, values } from "../../frame/route.js";
import { NewerLine, useNewer } from "../../parts/newer.js";
import { Empty, Failure, Loading, NothingArrived } from "../../parts/states.js";
import { Age, Icon, Name, Text, Time } from "../../parts/text.js";
import { count, plural } from "../../words/numbers.js";
import { STATES } from "../../words/states.js";
import { addressOf, Table } from "./table.js";

const NEEDS_A_LOOK: readonly FleetState[] = ["failing", "stuck", "drifted", "stale"];
const STATE_NAMES = Object.keys(STATES).filter((name): name is FleetState => name in STATES);

/** What is wrong now, since when, why? */
export function Fleet({ route }: { readonly route: Route }) {
  const states = list(route, "state");
  const search = value(route, "q");
  const sort = value(route, "sort") === "name" ? "name" : undefined;
  const scope = scopeOf(route);
  const asked = useAnswer("fleet", { ...scope, states, search, sort, cursor: value(route, "cursor") || undefined });
  const { data } = asked;
  const body = useRef<HTMLTableSectionElement>(null);
  const newer = useNewer(
    body,
    (event) => (event.repoName === null ? undefined : `${event.clusterId}/${event.namespace}/${event.repoName}`),
    asked.reload,
  );
  const past = usePast();
  const heading = data === undefined ? "Fleet" : sentence(data, past);
  useEffect(() => {
    const failing = data?.counts.failing ?? 0;
    setTitle(failing > 0 ? `${count(failing)} failing · Fleet` : "Fleet");
  }, [data]);
  const twin = command("fleet", {
    cluster: scope.clusterId,
    environment: scope.environment,
    namespace: scope.namespace,
    state: states,
    search,
  });
  return (
    <>
      <h1 tabIndex={-1} class={past ? "past" : undefined}>
        {heading}
      </h1>
      {data?.total !== 0 && <p class="lead fleet-lead">{data !== undefined && <Summary answer={data} />}</p>}
      <Failure of={asked} />
      {data?.total === 0 ? (
        <NothingArrived />
      ) : (
        <>
          <div class="filters">
            <Chips counts={data?.counts} route={route} chosen={states} />
            <Filter key={search === "" ? "empty" : "set"} route={route} text={search} />
          </div>
          <NewerLine newer={newer} noun="state">
            {data !== undefined && (
              <>
                States as of <Time at={data.asOf} />
              </>
            )}
          </NewerLine>
          <Loading of={asked} what="repositories" rows={8} fillsWindow />
          {data !== undefined &&
            (data.items.length > 0 ? (
              <Table answer={data} old={asked.old} body={body} route={route} />
            ) : (
              <NothingMatches route={route} search={search} total={data.total} />
            ))}
        </>
      )}
      <SameInTerminal command={twin} />
    </>
  );
}

function sentence({ counts, total }: FleetAnswer, past: boolean): string {
  if (total === 0) return "No repository is known yet";
  const worst = NEEDS_A_LOOK.find((state) => counts[state] > 0);
  const is = (number: number) => (past ? (number === 1 ? "was" : "were") : number === 1 ? "is" : "are");
  const all = `${count(total)} ${total === 1 ? "repository" : "repositories"}`;
  if (worst !== undefined)
    return `${count(counts[worst])} of ${all} ${is(counts[worst])} ${STATES[worst].word.toLowerCase()}`;
  if (counts.healthy === total)
    return total === 1 ? `The one repository ${is(1)} healthy` : `All ${all} ${is(total)} healthy`;
  return `None of ${all} ${is(1)} failing, ${count(counts.healthy)} ${is(counts.healthy)} healthy`;
}

function Summary({ answer }: { readonly answer: FleetAnswer }) {
  const { counts, items } = answer;
  const first = items.find((row) => NEEDS_A_LOOK.includes(row.state));
  const worst = NEEDS_A_LOOK.find((state) => counts[state] > 0);
  const more = NEEDS_A_LOOK.filter((state) => state !== worst).reduce((sum, state) => sum + counts[state], 0);
  const fine = counts.healthy + counts.syncing;
  const parts = [
    more > 0 ? `${count(more)} more ${more === 1 ? "needs" : "need"} a look.` : "",
    [
      `${count(fine)} ${fine === 1 ? "is" : "are"} fine`,
      counts.suspended > 0 ? `${count(counts.suspended)} ${counts.suspended === 1 ? "is" : "are"} suspended` : "",
      counts.no_data > 0 ? `${count(counts.no_data)} ${counts.no_data === 1 ? "tells" : "tell"} us nothing` : "",
    ]
      .filter((part) => part !== "")
      .join(", "),
  ];
  return (
    <>
      {first !== undefined && first.since !== null && (
        <>
          Newest: <Name text={first.repoName} to={addressOf(first)} /> in <Text cut={24}>{first.clusterId}</Text> since{" "}
          <Time at={first.since} />, <Age at={first.since} /> ago.{" "}
        </>
      )}
      {parts.filter((part) => part !== "").join(" ")}.
    </>
  );
}

function Chips({
  counts,
  route,
  chosen,
}: {
  readonly counts: FleetAnswer["counts"] | undefined;
  readonly route: Route;
  readonly chosen: readonly string[];
}) {
  const toggle = (state: FleetState) => {
    const next = STATE_NAMES.filter((each) => (each === state ? !chosen.includes(each) : chosen.includes(each)));
    go(href("fleet", { ...values(route), cursor: "", state: next.join(",") }), { replace: true });
  };
  return (
    <div class="chips" role="group" aria-label="States">
      {STATE_NAMES.map((state) => {
        const number = counts?.[state];
        return (
          <button
            key={state}
            type="button"
            class={number === 0 && !chosen.includes(state) ? "chip none" : "chip"}
            aria-pressed={chosen.includes(state)}
            onClick={() => toggle(state)}
          >
            <Icon name={STATES[state].icon} tone={STATES[state].tone} /> {STATES[state].word}{" "}
            <b>{number === undefined ? "" : count(number)}</b>
          </button>
        );
      })}
    </div>
  );
}

function Filter({ route, text }: { readonly route: Route; readonly text: string }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    if (typed.trim() === text) return;
    const timer = setTimeout(
      () => go(href("fleet", { ...values(route), cursor: "", q: typed.trim() }), { replace: true }),
      250,
    );
    return () => clearTimeout(timer);
  }, [typed, text, route]);
  return (
    <input
      class="filter"
      type="search"
      aria-label="Filter by name or error"
      placeholder="Filter by name or error"
      value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

function NothingMatches({
  route,
  search,
  total,
}: {
  readonly route: Route;
  readonly search: string;
  readonly total: number;
}) {
  const { data } = useAnswer("search", search.length >= 3 ? { text: search.slice(0, 3), limit: 3 } : undefined);
  const near = data?.items.find((item) => item.kind === "repository");
  const on = [
    ...list(route, "state").map((state) => STATES[STATE_NAMES.find((each) => each === state) ?? "healthy"].word),
    ...list(route, "cluster"),
    ...list(route, "env"),
    ...list(route, "ns"),
  ];
  return (
    <Empty title={search === "" ? "No repository matches these filters" : `No repository matches “${search}”`}>
      <p>
        {near !== undefined && near.kind === "repository" && (
          <>
            Did you mean{" "}
            <a href={href("fleet", { ...carried(route), q: near.repoName })}>
              <Text>{near.repoName}</Text>
            </a>
            ?{" "}
          </>
        )}
        {on.length > 0 && (
          <>
            Filters on: <Text>{on.join(", ")}</Text>.{" "}
          </>
        )}
        <a href={href("fleet")}>Clear filters</a> to see {plural(total, "repository", "repositories")}.
      </p>
    </Empty>
  );
}
