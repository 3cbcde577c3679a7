import type { StoredEvent, SyncRow } from "@alumiini/history";
import { useState } from "preact/hooks";
import { useAnswer } from "../../api/use-answer.js";
import { href, repoParameter, type scopeOf } from "../../frame/route.js";
import { Failure } from "../../parts/states.js";
import { Age, Name, StateLabel, Text, Time } from "../../parts/text.js";
import { shortRevision } from "../../words/names.js";
import { count } from "../../words/numbers.js";
import { DRIFT, eventWording, OUTCOMES, type Wording } from "../../words/states.js";
import { duration } from "../../words/times.js";

const PAGE = 50;

interface EventListProps {
  readonly scope: ReturnType<typeof scopeOf>;
  readonly since: number;
  readonly until: number;
  /** Other systems that said something in this time. */
  readonly systems: readonly string[];
}

interface Line {
  readonly key: string;
  readonly at: number;
  readonly wording: Wording;
  readonly name: string;
  readonly place: string;
  readonly to: string;
  readonly moment: string | undefined;
  readonly words: preact.ComponentChildren;
}

/** What the picture shows, as a list, newest first. */
export function EventList({ scope, since, until, systems }: EventListProps) {
  const [before, setBefore] = useState<number>();
  const range = { ...scope, since, until: before === undefined ? until : Math.min(before, until), limit: PAGE };
  const syncs = useAnswer("syncs", range);
  const drifts = useAnswer("events", { ...range, type: "drift_detected" });
  const others = useAnswer(
    "events",
    systems.length === 0
      ? undefined
      : { clusterId: range.clusterId, since: range.since, until: range.until, limit: PAGE, system: systems },
  );
  const lines = [
    ...(syncs.data?.items ?? []).map(syncLine),
    ...(drifts.data?.items ?? []).map(eventLine),
    ...(systems.length === 0 ? [] : (others.data?.items ?? [])).map(eventLine),
  ]
    .sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1))
    .slice(0, PAGE);
  const oldest = lines.at(-1)?.at;
  return (
    <section aria-labelledby="list-title">
      <h2 id="list-title">Events, newest first</h2>
      <Failure of={syncs} />
      <table class={`rows events${syncs.old ? " old" : ""}`} role="table">
        <caption class="hidden">Syncs, drifts and events of other systems, newest first</caption>
        <thead role="rowgroup">
          <tr role="row">
            {["Time", "What", "Where", "Details"].map((word) => (
              <th key={word} scope="col" role="columnheader">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" data-list>
          {lines.map((line) => (
            <tr role="row" key={line.key}>
              <td role="cell" class="c-time">
                <Time at={line.at} />{" "}
                <span class="second-text">
                  · <Age at={line.at} />
                </span>
              </td>
              <td role="cell" class="c-state">
                <StateLabel of={line.wording} />
              </td>
              <td role="cell" class="c-name">
                <Name text={line.name} to={line.to} item={line.moment ?? ""} />{" "}
                <span class="second">
                  <Text cut={24}>{line.place}</Text>
                </span>
              </td>
              <td role="cell" class="c-why second-text">
                {line.words}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="pages">
        <span>
          {count(lines.length)} shown
          {syncs.data !== undefined && ` of ${count(syncs.data.total)} syncs and what else there is`}.
        </span>
        {before !== undefined && (
          <button type="button" class="link" onClick={() => setBefore(undefined)}>
            Newest
          </button>
        )}
        {lines.length === PAGE && oldest !== undefined && (
          <button type="button" class="link" onClick={() => setBefore(oldest)}>
            Older
          </button>
        )}
      </p>
    </section>
  );
}

function syncLine(sync: SyncRow): Line {
  const repo = repoParameter(sync);
  const at = sync.endedAt ?? sync.at;
  return {
    key: `sync ${repo} ${sync.syncId}`,
    at,
    wording: OUTCOMES[sync.outcome],
    name: sync.repoName,
    place: sync.clusterId,
    to: href("sync", { repo }, sync.syncId),
    moment: href("moment", { repo, at: new Date(at).toISOString() }),
    words: (
      <>
        {sync.failedStep !== null && `${sync.failedStep}, `}
        {sync.errorType !== null && (
          <>
            <code>
              <Text cut={32}>{sync.errorType}</Text>
            </code>
            ,{" "}
          </>
        )}
        {sync.revision !== null && (
          <code>
            <Text cut={24}>{shortRevision(sync.revision)}</Text>
          </code>
        )}
        {sync.durationMs !== null && `, took ${duration(sync.durationMs)}`}
      </>
    ),
  };
}

function eventLine(event: StoredEvent): Line {
  const { clusterId, namespace, repoName } = event;
  const repo =
    clusterId !== null && namespace !== null && repoName !== null
      ? repoParameter({ clusterId, namespace, repoName })
      : undefined;
  return {
    key: `event ${event.eventId}`,
    at: event.at,
    wording: event.type === "drift_detected" ? DRIFT : eventWording(event),
    name: repoName ?? namespace ?? event.system,
    place: clusterId ?? "",
    to: href("event", {}, event.eventId),
    moment: repo === undefined ? undefined : href("moment", { repo, at: new Date(event.at).toISOString() }),
    words: <Text>{event.title}</Text>,
  };
}
