import type { DeadLettersAnswer, GapsAnswer, StatsAnswer } from "@alumiini/history";
import { useEffect, useRef, useState } from "preact/hooks";
import type { DeliveryState, SinkState } from "../../../sinks.js";
import { useWays } from "../../api/sinks.js";
import { useAnswer } from "../../api/use-answer.js";
import { command } from "../../frame/commands.js";
import { SameInTerminal, setTitle } from "../../frame/foot.js";
import { href, type Route } from "../../frame/route.js";
import { NewerLine, useNewer } from "../../parts/newer.js";
import { Failure, Loading, NothingArrived } from "../../parts/states.js";
import { Icon, Text, Time } from "../../parts/text.js";
import { bytes, count, plural } from "../../words/numbers.js";
import { reasonWords } from "../../words/reasons.js";
import { Flow } from "./flow.js";
import { Problems } from "./problems.js";

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
          <Problems stats={data} letters={letters.data} gaps={gaps.data} sinks={sinks ?? []} deliveries={deliveries} />
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
