import type { DeadLettersAnswer, GapsAnswer, StatsAnswer } from "@alumiini/history";
import type { DeliveryState, SinkState } from "../../../sinks.js";
import { setup } from "../../parts/states.js";
import { StateLabel, Text, Time } from "../../parts/text.js";
import { count } from "../../words/numbers.js";
import { reasonWords } from "../../words/reasons.js";
import { sourceName, type Wording } from "../../words/states.js";
import { tellsTooLittle } from "./flow.js";

const WAITING: Wording = { word: "Waiting", icon: "waiting", tone: "warn" };
const REFUSED: Wording = { word: "Refused", icon: "failed", tone: "fail" };
const MISSING: Wording = { word: "Missing", icon: "drift", tone: "warn" };
const LOST: Wording = { word: "Lost", icon: "failed", tone: "fail" };

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

interface ProblemsProps {
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

/** What is wrong, since when, and what to do about it. */
export function Problems({ stats, letters, gaps, sinks, deliveries }: ProblemsProps) {
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
