import type { DeadLettersAnswer, GapsAnswer, SourceStats, StatsAnswer } from "@alumiini/history";
import { useEffect, useRef, useState } from "preact/hooks";
import type { DeliveryState, SinkState } from "../../sinks.js";
import { useWays } from "../api/sinks.js";
import { useAnswer } from "../api/use-answer.js";
import { command } from "../frame/commands.js";
import { SameInTerminal, setTitle } from "../frame/foot.js";
import { href, type Route } from "../frame/route.js";
import { NewerLine, useNewer } from "../parts/newer.js";
import { Failure, Loading, NothingArrived, setup } from "../parts/states.js";
import { Age, Icon, StateLabel, Text, Time } from "../parts/text.js";
import { bytes, count, plural } from "../words/numbers.js";
import { reasonWords } from "../words/reasons.js";
import { sourceName, type Wording } from "../words/states.js";

const WAITING: Wording = { word: "Waiting", icon: "waiting", tone: "warn" };
const REFUSED: Wording = { word: "Refused", icon: "failed", tone: "fail" };
const MISSING: Wording = { word: "Missing", icon: "drift", tone: "warn" };
const LOST: Wording = { word: "Lost", icon: "failed", tone: "fail" };

/** Did anything get lost? */
export function Delivery(_: { readonly route: Route }) {
  const stats = useAnswer("stats", {});
  const letters = useAnswer("deadLetters", { limit: 50 });
  const gaps = useAnswer("gaps", { limit: 20 });
  const [round, setRound] = useState(0);
  const { sinks, deliveries } = useWays(round);
  const { data } = stats;
  const box = useRef<HTMLDivElement>(null);
  const newer = useNewer(
    box,
    (event) => event.eventId,
    () => {
      stats.reload();
      letters.reload();
      gaps.reload();
      setRound((before) => before + 1);
    },
  );
  const heading = data === undefined ? "Delivery" : sentence(data, gaps.data, sinks, deliveries);
  useEffect(() => setTitle(`${heading} · Delivery`), [heading]);
  return (
    <>
      <h1 tabIndex={-1}>
        {data !== undefined && differenceOf(data) !== 0 && <Icon name="failed" tone="fail" />} {heading}
      </h1>
      <Failure of={stats} />
      <Loading of={stats} what="the counts" />
      {data !== undefined && data.received === 0 && <NothingArrived />}
      <NewerLine newer={newer} noun="event">
        {data !== undefined && (
          <>
            Counts as of <Time at={data.asOf} />
          </>
        )}
      </NewerLine>
      {data !== undefined && (
        <div ref={box}>
          <Sum stats={data} />
          <Door deliveries={deliveries} />
          <Flow stats={data} sinks={sinks} />
          <Wrong stats={data} letters={letters.data} gaps={gaps.data} sinks={sinks ?? []} deliveries={deliveries} />
          <Failure of={letters} />
          <Letters answer={letters.data} />
        </div>
      )}
      <SameInTerminal command={command("deliveries")} />
    </>
  );
}

/** The page adds it up itself: 0 when everything is accounted for. */
function differenceOf({ received, stored, duplicate, ignored, refused, inFlight }: StatsAnswer): number {
  return received - (stored + duplicate + ignored + refused + inFlight);
}

function sentence(
  stats: StatsAnswer,
  gaps: GapsAnswer | undefined,
  sinks: readonly SinkState[] | undefined,
  deliveries: readonly DeliveryState[],
): string {
  const refused = deliveries.reduce((sum, { refused: reasons }) => sum + sumOf(reasons), 0);
  const wereRefused = `${plural(refused, "delivery", "deliveries")} ${refused === 1 ? "was" : "were"} refused`;
  if (stats.received === 0) return refused === 0 ? "Nothing has arrived yet" : `Nothing is stored; ${wereRefused}`;
  const difference = differenceOf(stats);
  if (difference !== 0)
    return `${count(Math.abs(difference))} received ${Math.abs(difference) === 1 ? "event is" : "events are"} not accounted for`;
  const behind = (sinks ?? []).filter((sink) => sink.pending > 0 && sink.failure !== null).length;
  const lost = (sinks ?? []).reduce((sum, sink) => sum + sink.dropped, 0) + stats.dropped;
  const missing = gaps?.missing ?? 0;
  const parts = [
    "Everything received is accounted for",
    refused > 0 ? wereRefused : "",
    lost > 0 ? `${plural(lost, "event")} lost on the way out` : "",
    behind > 0 ? `${plural(behind, "sink")} ${behind === 1 ? "is" : "are"} behind` : "",
    missing > 0 ? `${plural(missing, "event")} ${missing === 1 ? "is" : "are"} missing upstream` : "",
  ].filter((part) => part !== "");
  return parts.length === 1 ? `${parts[0]}` : `${parts[0]}; ${parts.slice(1).join(", ")}`;
}

function Sum({ stats }: { readonly stats: StatsAnswer }) {
  return (
    <p class="lead">
      {stats.since !== null && (
        <>
          Since <Time at={stats.since} /> ·{" "}
        </>
      )}
      <b>{count(stats.received)}</b> received = <b>{count(stats.stored)}</b> stored + <b>{count(stats.duplicate)}</b>{" "}
      known already + <b>{count(stats.ignored)}</b> ignored + <b>{count(stats.refused)}</b> refused
      {stats.inFlight > 0 && (
        <>
          {" "}
          + <b>{count(stats.inFlight)}</b> on the way
        </>
      )}
    </p>
  );
}

/** What was asked of the server before anything was stored: also what never became an event. */
function Door({ deliveries }: { readonly deliveries: readonly DeliveryState[] }) {
  const sum = (of: (state: DeliveryState) => number) => deliveries.reduce((total, state) => total + of(state), 0);
  if (sum(({ received }) => received) === 0) return null;
  return (
    <p class="lead">
      Deliveries since the server’s start: <b>{count(sum(({ received }) => received))}</b> ={" "}
      <b>{count(sum(({ accepted }) => accepted))}</b> taken + <b>{count(sum(({ duplicate }) => duplicate))}</b> known
      already + <b>{count(sum(({ ignored }) => ignored))}</b> without an event +{" "}
      <b>{count(sum(({ refused }) => sumOf(refused)))}</b> refused
    </p>
  );
}

function sumOf(reasons: Readonly<Record<string, number>>): number {
  return Object.values(reasons).reduce((sum, number) => sum + number, 0);
}

/** What to do about a delivery that was refused, where there is more to say than its reason. */
function remedyOf(reason: string, path: string): preact.ComponentChildren {
  if (reason === "unauthorized") return "The source’s secret is not the server’s. Give both the same one";
  if (reason === "invalid") return "It is not what this source sends. Is the address another source’s?";
  if (reason === "not_stored" || reason === "full" || reason === "unavailable")
    return "The source was told to send it again; look at the store";
  return (
    <>
      Look at what is sent to <code>{path}</code>
    </>
  );
}

/** Sources that `alumiini setup` knows. */
const SETUPS: readonly string[] = ["flux", "argocd", "github", "gitlab"];

/** A source of syncs that never reported how one ended. */
function tellsTooLittle({ tellsOutcomes, source }: SourceStats): boolean {
  return !tellsOutcomes && SETUPS.includes(source);
}

function Flow({ stats, sinks }: { readonly stats: StatsAnswer; readonly sinks: readonly SinkState[] | undefined }) {
  const sources = [...stats.sources].sort((a, b) => b.stored - a.stored);
  const shownSinks = sinks ?? [];
  return (
    <div class="flow">
      <ul aria-label="Sources">
        {sources.slice(0, 8).map((source) => (
          <SourceBox key={`${source.source}${source.clusterId}`} source={source} />
        ))}
        {sources.length > 8 && <li class="second">{plural(sources.length - 8, "more source")}</li>}
      </ul>
      <Lines size={Math.min(8, sources.length)} />
      <div class="box">
        <span class="second">History, {stats.engine === "duckdb" ? "DuckDB" : "PostgreSQL"}</span>
        <b>{count(stats.stored)} stored</b>
        <span class="second">
          {stats.usedBytes !== null && `${bytes(stats.usedBytes)} · `}
          {stats.newestAt === null ? (
            "nothing yet"
          ) : (
            <>
              newest <Time at={stats.newestAt} />
            </>
          )}
        </span>
      </div>
      <Lines size={shownSinks.length} reversed />
      {shownSinks.length === 0 ? (
        <p class="second">
          {sinks === undefined
            ? "This server doesn't say whether it forwards events."
            : "No sink: events are kept here and not forwarded."}
        </p>
      ) : (
        <ul aria-label="Sinks">
          {shownSinks.map((sink) => (
            <li class={sink.failure === null ? "box" : "box behind"} key={sink.name}>
              <span class="second">
                <Text>{sink.name}</Text>
              </span>
              <b>{count(sink.delivered)} confirmed</b>
              <span class="second">
                {count(sink.pending)} waiting
                {sink.oldestPendingAt !== null && (
                  <>
                    , oldest <Age at={sink.oldestPendingAt} />
                  </>
                )}
              </span>
              <Icon name={sink.failure === null ? "ok" : "waiting"} tone={sink.failure === null ? "ok" : "warn"} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function SourceBox({ source }: { readonly source: SourceStats }) {
  return (
    <li class="box">
      <span class="second">
        {sourceName(source.source)}
        {source.clusterId !== null && (
          <>
            , <Text cut={24}>{source.clusterId}</Text>
          </>
        )}
      </span>
      <b>{count(source.stored)} stored</b>
      <span class="second">
        last <Age at={source.lastReceivedAt} /> ago{tellsTooLittle(source) && " · tells no outcome"}
      </span>
      {tellsTooLittle(source) && <Icon name="nodata" tone="off" />}
    </li>
  );
}

/** From each box of one side to the middle. */
function Lines({ size, reversed = false }: { readonly size: number; readonly reversed?: boolean }) {
  return (
    <div class="flow-lines" aria-hidden="true">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none">
        {Array.from({ length: size }, (_, index) => {
          const y = (100 * (index + 0.5)) / size;
          const path = reversed ? `M0 50C50 50 50 ${y} 100 ${y}` : `M0 ${y}C50 ${y} 50 50 100 50`;
          return <path key={path} d={path} vector-effect="non-scaling-stroke" />;
        })}
      </svg>
    </div>
  );
}

interface WrongProps {
  readonly stats: StatsAnswer;
  readonly letters: DeadLettersAnswer | undefined;
  readonly gaps: GapsAnswer | undefined;
  readonly sinks: readonly SinkState[];
  readonly deliveries: readonly DeliveryState[];
}

interface Problem {
  readonly wording: Wording;
  readonly number: number;
  readonly at: number | null;
  readonly reason: preact.ComponentChildren;
  readonly todo: preact.ComponentChildren;
}

function Wrong({ stats, letters, gaps, sinks, deliveries }: WrongProps) {
  const problems: Problem[] = [
    ...deliveries.flatMap(({ path, refused }) =>
      Object.entries(refused).map(([reason, number]) => ({
        wording: REFUSED,
        number,
        at: null,
        reason: (
          <>
            {reasonWords(reason)} at <Text>{path}</Text>
          </>
        ),
        todo: remedyOf(reason, path),
      })),
    ),
    ...sinks
      .filter((sink) => sink.dropped > 0)
      .map((sink) => ({
        wording: LOST,
        number: sink.dropped,
        at: null,
        reason: (
          <>
            <Text>{sink.name}</Text> dropped them
          </>
        ),
        todo: <code>alumiini outbox resend</code>,
      })),
    ...sinks
      .filter((sink) => sink.pending > 0)
      .map((sink) => ({
        wording: WAITING,
        number: sink.pending,
        at: sink.oldestPendingAt,
        reason: (
          <>
            <Text>{sink.name}</Text>
            {sink.failure !== null && (
              <>
                : <Text>{sink.failure}</Text>
              </>
            )}
          </>
        ),
        todo: sink.durable
          ? "Nothing is lost: the outbox keeps them"
          : "Kept in memory only; a restart would lose them",
      })),
    ...(letters?.byReason ?? []).map(({ reason, count: number, lastAt }) => ({
      wording: REFUSED,
      number,
      at: lastAt,
      reason: reasonWords(reason),
      todo: letters?.items.some((letter) => letter.reason === reason) ? "A sample is below" : "Look at its source",
    })),
    ...(stats.dropped > 0
      ? [
          {
            wording: LOST,
            number: stats.dropped,
            at: null,
            reason: "This server's own telemetry found no room while the store was unavailable",
            todo: "Look at the store",
          },
        ]
      : []),
    ...(gaps?.items ?? []).map((gap) => ({
      wording: MISSING,
      number: gap.count,
      at: gap.seenAt,
      reason: (
        <>
          Stream <Text>{gap.stream}</Text>:{" "}
          {gap.from === gap.to ? `number ${count(gap.from)}` : `numbers ${count(gap.from)} to ${count(gap.to)}`} never
          came
        </>
      ),
      todo: (
        <>
          Expired in the stream; <code>alumiini backfill</code>
        </>
      ),
    })),
    ...stats.sources
      // TAPIO and KULTA report what happens around syncs, but not their outcome.
      .filter(tellsTooLittle)
      .map((source) => ({
        wording: { word: "No data", icon: "nodata", tone: "off" } as const,
        number: source.stored,
        at: source.lastReceivedAt,
        reason: (
          <>
            {sourceName(source.source)} in <Text cut={24}>{source.clusterId ?? "an unnamed cluster"}</Text> tells no
            outcome: its repositories are “No data”
          </>
        ),
        todo: <code>{setup(source.source)}</code>,
      })),
  ];
  if (problems.length === 0)
    return stats.received === 0 ? null : <p class="note">Nothing went wrong: nothing refused, waiting or missing.</p>;
  return (
    <table class="rows wrong" role="table">
      <caption class="hidden">What went wrong, and what to do</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">
            What went wrong
          </th>
          <th scope="col" role="columnheader" class="number">
            Events
          </th>
          <th scope="col" role="columnheader">
            Last
          </th>
          <th scope="col" role="columnheader">
            Reason
          </th>
          <th scope="col" role="columnheader">
            What to do
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {problems.map(({ wording, number, at, reason, todo }, index) => (
          // Problems have no id, and the list is made anew each time.
          <tr role="row" key={index}>
            <td role="cell">
              <StateLabel of={wording} />
            </td>
            <td role="cell" class="number">
              {count(number)}
            </td>
            <td role="cell">{at === null ? "" : <Time at={at} />}</td>
            <td role="cell">{reason}</td>
            <td role="cell" class="second-text">
              {todo}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** One sample of each reason. */
function Letters({ answer }: { readonly answer: DeadLettersAnswer | undefined }) {
  const samples = [...new Map((answer?.items ?? []).map((letter) => [letter.reason, letter])).values()];
  if (samples.length === 0) return null;
  return (
    <section aria-labelledby="samples-title">
      <h2 id="samples-title">One refused message of each reason</h2>
      {samples.map((letter) => (
        <details key={letter.id}>
          <summary>
            {reasonWords(letter.reason)}: <Text>{letter.message}</Text>
          </summary>
          <p class="second">
            <Time at={letter.receivedAt} /> · from <Text cut={32}>{letter.source}</Text> · {bytes(letter.bytes)}
          </p>
          <pre class="body">
            <Text>{letter.sample}</Text>
          </pre>
        </details>
      ))}
      <p class="second">
        Credentials are removed before a sample is stored. See also the <a href={href("timeline")}>timeline</a>.
      </p>
    </section>
  );
}
