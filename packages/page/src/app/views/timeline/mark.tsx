import type { TimelineBucket, TimelineLane, TimelineMark } from "@alumiini/history";
import { href, repoParameter } from "../../frame/route.js";
import type { Axis } from "../../parts/axis.js";
import { Icon, Text, Time } from "../../parts/text.js";
import { shortRevision } from "../../words/names.js";
import { count, plural } from "../../words/numbers.js";
import { DRIFT, OUTCOMES, sourceName, systemWording, type Wording } from "../../words/states.js";
import { duration } from "../../words/times.js";

/** An event in a lane. */
export function Mark({
  mark,
  lane,
  axis,
  y,
  current,
}: {
  readonly mark: TimelineMark;
  readonly lane: TimelineLane;
  readonly axis: Axis;
  readonly y: number;
  readonly current: boolean;
}) {
  const wording = wordingOf(mark, lane);
  const size = wording.tone === "fail" ? 17 : wording.tone === "ok" ? 11 : 14;
  const x = axis.at(mark.at);
  const end = mark.endedAt === null ? x : Math.min(100, axis.at(mark.endedAt));
  // What is too short to be seen as a bar is a mark alone.
  const barEnd = end - x > 0.5 ? end : undefined;
  return (
    <>
      {barEnd !== undefined && (
        <rect
          class="long-bar"
          x={`${x}%`}
          y={y - 5}
          width={`${Math.max(0, Math.min(100, barEnd) - x)}%`}
          height="10"
          rx="2"
        />
      )}
      <svg x={`${x}%`} y={y} overflow="visible">
        {current && <circle class="ring" r="12" />}
        <use href={`#i-${wording.icon}`} x={-size / 2} y={-size / 2} width={size} height={size} class={wording.tone} />
      </svg>
    </>
  );
}

function wordingOf(mark: TimelineMark, lane: TimelineLane | undefined): Wording {
  if (mark.kind === "drift") return DRIFT;
  if (mark.kind === "other") return systemWording(lane?.system ?? "");
  return OUTCOMES[mark.outcome];
}

export function addressOf(mark: TimelineMark, lane: TimelineLane | undefined): string {
  if (mark.syncId === null) return href("event", {}, mark.eventId);
  return href("sync", lane?.repository ? { repo: repoParameter(lane.repository) } : {}, mark.syncId);
}

export function momentOf(mark: TimelineMark, lane: TimelineLane | undefined): string | undefined {
  return lane?.repository
    ? href("moment", { repo: repoParameter(lane.repository), at: new Date(mark.at).toISOString() })
    : undefined;
}

/** What the line above says of a selected mark. */
export function MarkWords({ mark, lane }: { readonly mark: TimelineMark; readonly lane: TimelineLane | undefined }) {
  const wording = wordingOf(mark, lane);
  return (
    <>
      <Icon name={wording.icon} tone={wording.tone} />{" "}
      <b>
        {lane?.repository ? <Text cut={24}>{lane.repository.repoName}</Text> : sourceName(lane?.system ?? null)}:{" "}
        <Text>{mark.title}</Text>
      </b>{" "}
      <span class="second-text">
        <Time at={mark.at} />
        {lane?.repository && (
          <>
            {" "}
            · <Text cut={24}>{lane.repository.clusterId}</Text>
          </>
        )}
        {mark.errorType !== null && (
          <>
            {" "}
            ·{" "}
            <code>
              <Text cut={32}>{mark.errorType}</Text>
            </code>
          </>
        )}
        {mark.revision !== null && (
          <>
            {" "}
            ·{" "}
            <code>
              <Text cut={24}>{shortRevision(mark.revision)}</Text>
            </code>
          </>
        )}
        {mark.durationMs !== null && ` · took ${duration(mark.durationMs)}`}
      </span>
    </>
  );
}

/** What the line above says of a selected bucket. */
export function BucketWords({
  bucket,
  length,
}: {
  readonly bucket: TimelineBucket | undefined;
  readonly length: number;
}) {
  if (bucket === undefined) return null;
  return (
    <>
      <Time at={bucket.at} /> to <Time at={bucket.at + length} />:{" "}
      <b>{plural(bucket.failed + bucket.timedOut, "failed sync")}</b>, {count(bucket.succeeded)} succeeded
      {bucket.drifts > 0 && `, ${plural(bucket.drifts, "drift")}`}
      {bucket.others > 0 && `, ${plural(bucket.others, "event")} of other systems`}
    </>
  );
}
