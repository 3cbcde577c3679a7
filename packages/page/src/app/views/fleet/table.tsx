import type { FleetAnswer, FleetRow } from "@alumiini/history";
import { serverNow } from "../../api/clock.js";
import { go, href, type Route, repoParameter, value, values } from "../../frame/route.js";
import { useRowsInTurn } from "../../parts/rows-in-turn.js";
import { Strip } from "../../parts/strip.js";
import { Age, Name, Revision, StateLabel, Time, Where } from "../../parts/text.js";
import { count } from "../../words/numbers.js";
import { STATES } from "../../words/states.js";
import { Why } from "./why.js";

interface TableProps {
  readonly answer: FleetAnswer;
  readonly old: boolean;
  readonly route: Route;
  readonly body: preact.RefObject<HTMLTableSectionElement | null>;
}

/** The repositories, a row each. */
export function Table({ answer, old, route, body }: TableProps) {
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
export function addressOf(row: FleetRow): string {
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
