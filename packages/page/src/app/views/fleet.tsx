import type { FleetAnswer, FleetRow, FleetState } from "@alumiini/history";
import { useEffect, useRef, useState } from "preact/hooks";
import { serverNow, ticks } from "../api/clock.js";
import { usePast } from "../api/live.js";
import { useStore } from "../api/store.js";
import { useAnswer } from "../api/use-answer.js";
import { command } from "../frame/commands.js";
import { SameInTerminal, setTitle } from "../frame/foot.js";
import { carried, go, href, list, type Route, repoParameter, scopeOf, value, values } from "../frame/route.js";
import { NewerLine, useNewer } from "../parts/newer.js";
import { useRowsInTurn } from "../parts/rows-in-turn.js";
import { Empty, Failure, Loading, NothingArrived } from "../parts/states.js";
import { Strip } from "../parts/strip.js";
import { Age, Icon, Name, NoValue, Revision, StateLabel, Text, Time, Where } from "../parts/text.js";
import { count, plural } from "../words/numbers.js";
import { STATES, sourceName } from "../words/states.js";
import { age } from "../words/times.js";

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

interface TableProps {
  readonly answer: FleetAnswer;
  readonly old: boolean;
  readonly route: Route;
  readonly body: preact.RefObject<HTMLTableSectionElement | null>;
}

function Table({ answer, old, route, body }: TableProps) {
  const byName = value(route, "sort") === "name";
  const rows = useRowsInTurn(answer.items);
  const sortBy = (sort: string) => go(href("fleet", { ...values(route), cursor: "", sort }), { replace: true });
  return (
    <>
      <table class={`rows fleet${old ? " old" : ""}`} role="table" aria-rowcount={answer.matching + 1}>
        <caption class="hidden">Repositories, {byName ? "by name" : "worst first"}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader" aria-sort={byName ? "none" : "descending"}>
              <button type="button" class="sort" onClick={() => sortBy("")}>
                State{!byName && <span aria-hidden="true"> ▾</span>}
              </button>
            </th>
            <th scope="col" role="columnheader" aria-sort={byName ? "ascending" : "none"}>
              <button type="button" class="sort" onClick={() => sortBy("name")}>
                Repository{byName && <span aria-hidden="true"> ▴</span>}
              </button>
            </th>
            <th scope="col" role="columnheader">
              Running revision
            </th>
            <th scope="col" role="columnheader">
              In this state
            </th>
            <th scope="col" role="columnheader">
              Last 12 syncs
            </th>
            <th scope="col" role="columnheader">
              Why
            </th>
          </tr>
        </thead>
        <tbody ref={body} role="rowgroup" data-list>
          {rows.map((row) => (
            <Row key={`${row.clusterId}\n${row.namespace}\n${row.repoName}`} row={row} answer={answer} />
          ))}
        </tbody>
      </table>
      <div class="pages">
        <span>
          {count(answer.items.length)} of {count(answer.matching)} shown.{" "}
          {value(route, "cursor") !== "" && <a href={href("fleet", { ...values(route), cursor: "" })}>First</a>}{" "}
          {answer.nextCursor !== null && (
            <a href={href("fleet", { ...values(route), cursor: answer.nextCursor })}>Next 100</a>
          )}
        </span>
        <Legend />
      </div>
    </>
  );
}

/** The latest sync of a repository; without one, the moment of its last event. */
function addressOf(row: FleetRow): string {
  const repo = repoParameter(row);
  if (row.lastSyncId !== null) return href("sync", { repo }, row.lastSyncId);
  return href("moment", { repo, at: new Date(row.lastEventAt ?? serverNow()).toISOString() });
}

function Row({ row, answer }: { readonly row: FleetRow; readonly answer: FleetAnswer }) {
  const moment = href("moment", {
    repo: repoParameter(row),
    at: new Date(row.since ?? row.lastEventAt ?? serverNow()).toISOString(),
  });
  return (
    <tr role="row" class={row.state === "failing" || row.state === "stuck" ? "bad" : undefined}>
      <td role="cell" class="c-state">
        <StateLabel of={STATES[row.state]} live />
      </td>
      <td role="cell" class="c-name">
        <Name text={row.repoName} to={addressOf(row)} item={moment} />
        <Where of={row} source={row.source} />
      </td>
      <td role="cell" class="c-revision">
        <Revision revision={row.runningRevision} branch={row.branch} />
        {row.wantedRevision !== null && (
          <span class="second">
            wants <Revision revision={row.wantedRevision} branch={row.branch} />
          </span>
        )}
      </td>
      <td role="cell" class="c-since">
        {row.since === null ? (
          "never"
        ) : (
          <>
            <Age at={row.since} />
            <span class="second">
              <Time at={row.since} />
            </span>
          </>
        )}
      </td>
      <td role="cell" class="c-strip">
        <Strip marks={row.lastOutcomes} />
      </td>
      <td role="cell" class="c-why">
        <Why row={row} answer={answer} />
      </td>
    </tr>
  );
}

function Why({ row, answer }: { readonly row: FleetRow; readonly answer: FleetAnswer }) {
  useStore(ticks);
  const { code, errorType, errorMessage, resourceKey, trigger } = row.why;
  const error = (
    <>
      {errorType !== null && (
        <code class="error-type">
          <Text cut={32}>{errorType}</Text>
        </code>
      )}{" "}
      {errorMessage !== null && <Text>{errorMessage.slice(0, 240)}</Text>}
    </>
  );
  switch (code) {
    case "sync_failed":
    case "sync_timed_out":
      return (
        <div class="clip">
          {errorType === null && errorMessage === null
            ? code === "sync_failed"
              ? "Failed; no error was reported"
              : "Timed out; no error was reported"
            : error}
        </div>
      );
    case "under_way_too_long":
      return (
        <div class="clip second-text">
          Syncing for {row.syncStartedAt === null ? "too long" : age(serverNow() - row.syncStartedAt)}; longer than{" "}
          {age(answer.stuckAfterSeconds * 1000)} counts as stuck
        </div>
      );
    case "drift_open":
      return (
        <div class="clip second-text">
          {resourceKey === null ? plural(row.driftedResources, "object") : <Text>{resourceKey}</Text>}
          {resourceKey !== null &&
            row.driftedResources > 1 &&
            ` and ${plural(row.driftedResources - 1, "more object")}`}{" "}
          {row.driftedResources > 1 ? "differ" : "differs"} from git, not corrected
        </div>
      );
    case "no_recent_success":
      return (
        <div class="clip second-text">
          No successful sync for{" "}
          {row.lastSuccessAt === null ? "as long as it is known" : age(serverNow() - row.lastSuccessAt)}; limit{" "}
          {age(answer.staleAfterSeconds * 1000)}
        </div>
      );
    case "no_outcome_seen":
      // What controllers report of no repository, because they could not tell or would not believe which.
      if (row.repoName === "unknown" && row.namespace === "unknown")
        return <div class="clip second-text">Events that name no repository, such as webhooks that were refused</div>;
      return (
        <div class="clip second-text">
          No outcome seen from {sourceName(row.source)}. <a href={href("delivery")}>What to do</a>
        </div>
      );
    case "suspended":
      return (
        <div class="clip second-text">
          Suspended
          {row.suspendedAsOf !== null && (
            <>
              , as read <Time at={row.suspendedAsOf} />
            </>
          )}
          {errorType !== null && <>; before that {error}</>}
        </div>
      );
    case "under_way":
      return <div class="clip second-text">{trigger === null ? "Under way" : `Started by ${trigger}`}</div>;
    case "healthy":
      return <NoValue why="nothing to say" />;
  }
}

function Legend() {
  return (
    <span class="legend second">
      Bars:{" "}
      {(
        [
          ["ok-outline", "M2 5h5v9h-5z", "succeeded"],
          ["fail-filled", "M1 1h7v14h-7z", "failed"],
          ["warn-filled", "M5 3l4 11h-8z", "rolled back"],
          ["way-outline", "M2 10a3 3 0 1 0 6 0a3 3 0 1 0 -6 0", "under way"],
          ["none-line", "M2 14h5", "nothing received"],
        ] as const
      ).map(([kind, path, word]) => (
        <span key={word}>
          <svg class="mark" viewBox="0 0 10 16" aria-hidden="true">
            <path class={kind} d={path} />
          </svg>{" "}
          {word}
        </span>
      ))}
    </span>
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
