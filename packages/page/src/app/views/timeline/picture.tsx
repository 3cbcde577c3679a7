import type { TimelineAnswer, TimelineBucket, TimelineLane } from "@alumiini/history";
import { useMemo, useRef, useState } from "preact/hooks";
import { useStore } from "../../api/store.js";
import { go } from "../../frame/route.js";
import { zone } from "../../frame/settings.js";
import { Axis } from "../../parts/axis.js";
import { Icon, Text } from "../../parts/text.js";
import { count, plural } from "../../words/numbers.js";
import { STATES, sourceName, systemWording, type Wording } from "../../words/states.js";
import { duration, tick } from "../../words/times.js";
import { addressOf, BucketWords, Mark, MarkWords, momentOf } from "./mark.js";

const UP = 40;
const DOWN = 24;
const LANE = 32;
const DRAG_PX = 8;

interface PictureProps {
  readonly answer: TimelineAnswer;
  readonly old: boolean;
  /** False on a small screen: histogram only. */
  readonly withLanes: boolean;
  choose(from: number, to: number): void;
}

/** Histogram and lanes. One Tab stop: arrows move the selection, and the line above says what is selected. */
export function TimelinePicture({ answer, old, withLanes, choose }: PictureProps) {
  const shown = useStore(zone);
  const [selected, setSelected] = useState<number>();
  const picture = useRef<HTMLDivElement>(null);
  const dragFrom = useRef<number>(undefined);
  const axis = useMemo(() => new Axis(answer.since, answer.until), [answer]);
  const { buckets } = answer;
  const lanes = withLanes ? answer.lanes : [];
  const marks = withLanes ? answer.marks : null;
  const size = marks?.length ?? buckets.length;
  const at = selected === undefined || selected >= size ? undefined : selected;
  const mark = at === undefined ? undefined : marks?.[at];
  const place = mark === undefined ? undefined : addressOf(mark, lanes[mark.lane]);
  const moment = mark === undefined ? undefined : momentOf(mark, lanes[mark.lane]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault();
      const step = event.key === "ArrowRight" ? 1 : -1;
      setSelected(Math.min(size - 1, Math.max(0, at === undefined ? (step > 0 ? 0 : size - 1) : at + step)));
    } else if (event.key === "Enter" && place !== undefined) {
      go(place);
    }
  };
  const timeAt = (event: PointerEvent) => {
    const box = picture.current?.querySelector(".lanes")?.getBoundingClientRect();
    return box === undefined
      ? undefined
      : answer.since + ((event.clientX - box.left) / box.width) * (answer.until - answer.since);
  };
  const onPointerUp = (event: PointerEvent) => {
    const to = timeAt(event);
    const from = dragFrom.current;
    dragFrom.current = undefined;
    const width = picture.current?.querySelector(".lanes")?.clientWidth ?? 0;
    if (from === undefined || to === undefined || width === 0) return;
    const pixel = (answer.until - answer.since) / width;
    if (Math.abs(to - from) > DRAG_PX * pixel)
      choose(Math.max(answer.since, Math.min(from, to)), Math.min(answer.until, Math.max(from, to)));
    else setSelected(nearest(event, to));
  };
  /** The mark under the pointer: in its lane where there is one. */
  const nearest = (event: PointerEvent, time: number): number | undefined => {
    const box = picture.current?.querySelector(".lanes")?.getBoundingClientRect();
    const lane = box === undefined ? -1 : Math.floor((event.clientY - box.top - UP - DOWN - 8) / LANE);
    let best: number | undefined;
    let distance = Number.POSITIVE_INFINITY;
    (marks ?? buckets).forEach((each, index) => {
      if ("lane" in each && lane >= 0 && each.lane !== lane) return;
      const away = Math.abs(each.at + ("lane" in each ? 0 : answer.bucketMs / 2) - time);
      if (away < distance) [best, distance] = [index, away];
    });
    return best;
  };
  const height = UP + DOWN + 8 + lanes.length * LANE;
  const lineAt = mark?.at ?? (at === undefined ? undefined : (buckets[at]?.at ?? 0) + answer.bucketMs / 2);
  return (
    <section class={`timeline${old ? " old" : ""}`} aria-label="Picture of the timeline" data-moment={moment}>
      <p class="readout" aria-live="polite">
        {mark !== undefined ? (
          <MarkWords mark={mark} lane={lanes[mark.lane]} />
        ) : at !== undefined ? (
          <BucketWords bucket={buckets[at]} length={answer.bucketMs} />
        ) : (
          <span class="second">
            {!withLanes
              ? "Select a time by pointer or arrow keys; drag to zoom."
              : marks === null
                ? "More events than can be drawn one by one: each cell is a count. Zoom in to see each."
                : "Select a mark by pointer or arrow keys; drag to zoom."}
          </span>
        )}
        <span class="second end">
          {place !== undefined && (
            <>
              <kbd>Enter</kbd> <a href={place}>open</a>{" "}
            </>
          )}
          {moment !== undefined && (
            <>
              <kbd>m</kbd> <a href={moment}>Moment</a>
            </>
          )}
        </span>
      </p>
      <div
        ref={picture}
        class="strip-picture big"
        role="group"
        aria-label={nameOf(answer)}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: one Tab stop for the picture; arrows move inside
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          dragFrom.current = timeAt(event);
        }}
        onPointerUp={onPointerUp}
      >
        <div class="lane-names" aria-hidden="true">
          <span class="histogram-name">
            All syncs, per {duration(answer.bucketMs)}
            <br />
            {count(answer.failed)} failed, below the line
          </span>
          {lanes.map((lane, index) => (
            <LaneName key={`${index}${lane.system ?? lane.repository?.repoName}`} lane={lane} />
          ))}
        </div>
        <svg class="lanes" height={height + 32} aria-hidden="true">
          <Histogram answer={answer} axis={axis} />
          {lanes.map((lane, index) => (
            <Lane
              key={`${index}${lane.system ?? lane.repository?.repoName}`}
              lane={lane}
              index={index}
              answer={answer}
              axis={axis}
              selected={at}
            />
          ))}
          {answer.notObserved.map(({ since, until }) => {
            const from = Math.max(0, axis.at(since));
            const width = Math.max(0, Math.min(100, axis.at(until)) - from);
            return (
              <g key={since} class="hatched">
                <rect x={`${from}%`} y="0" width={`${width}%`} height={height} fill="url(#hatch)" />
                <text
                  x={`${from + width / 2}%`}
                  y={height + 9}
                  text-anchor={from < 8 ? "start" : from > 90 ? "end" : "middle"}
                >
                  not observed, {duration(until - since)}
                </text>
              </g>
            );
          })}
          {lineAt !== undefined && (
            <line class="cursor-line" x1={`${axis.at(lineAt)}%`} x2={`${axis.at(lineAt)}%`} y1="0" y2={height} />
          )}
          {[0, 0.25, 0.5, 0.75, 1].map((part) => (
            <text
              key={part}
              x={`${part * 100}%`}
              y={height + 27}
              text-anchor={part === 0 ? "start" : part === 1 ? "end" : "middle"}
            >
              {tick(answer.since + part * (answer.until - answer.since), answer.until - answer.since, shown)}
            </text>
          ))}
        </svg>
      </div>
    </section>
  );
}

function nameOf({ syncs, failed, repositories, notObserved }: TimelineAnswer): string {
  const lost = notObserved.length === 0 ? "" : `, ${plural(notObserved.length, "span")} not observed`;
  return `${plural(syncs, "sync")} of ${plural(repositories, "repository", "repositories")}, ${count(failed)} failed${lost}. Arrow keys move through the events; the list below says the same.`;
}

function LaneName({ lane }: { readonly lane: TimelineLane }) {
  const wording: Wording = lane.state === null ? systemWording(lane.system ?? "") : STATES[lane.state];
  return (
    <span class="lane-name">
      <Icon name={wording.icon} tone={wording.tone} />
      <span>
        <b>{lane.repository === null ? sourceName(lane.system) : <Text cut={24}>{lane.repository.repoName}</Text>}</b>
        <span class="second">
          {lane.repository === null ? "all clusters" : <Text cut={24}>{lane.repository.clusterId}</Text>}
        </span>
      </span>
    </span>
  );
}

function Histogram({ answer, axis }: { readonly answer: TimelineAnswer; readonly axis: Axis }) {
  const bad = (bucket: TimelineBucket) => bucket.failed + bucket.timedOut;
  const good = (bucket: TimelineBucket) => bucket.succeeded + bucket.underWay + bucket.unknown;
  const most = Math.max(1, ...answer.buckets.map(good));
  const mostBad = Math.max(1, ...answer.buckets.map(bad));
  const width = (100 * answer.bucketMs) / (answer.until - answer.since);
  return (
    <g>
      {answer.buckets.map((bucket) => {
        const x = Math.max(0, axis.at(bucket.at));
        const up = good(bucket) === 0 ? 0 : Math.max(2, (UP - 2) * (good(bucket) / most));
        const down = bad(bucket) === 0 ? 0 : Math.max(4, (DOWN - 4) * Math.min(1, bad(bucket) / mostBad));
        return (
          <g key={bucket.at}>
            {up > 0 && <rect class="bar-good" x={`${x}%`} y={UP - up} width={`${width * 0.92}%`} height={up} />}
            {down > 0 && <rect class="bar-bad" x={`${x}%`} y={UP + 1} width={`${width * 0.92}%`} height={down} />}
          </g>
        );
      })}
      <line class="base" x1="0" x2="100%" y1={UP + 0.5} y2={UP + 0.5} />
    </g>
  );
}

interface LaneProps {
  readonly lane: TimelineLane;
  readonly index: number;
  readonly answer: TimelineAnswer;
  readonly axis: Axis;
  readonly selected: number | undefined;
}

function Lane({ lane, index, answer, axis, selected }: LaneProps) {
  const y = UP + DOWN + 8 + index * LANE + LANE / 2;
  const { marks } = answer;
  return (
    <g>
      <line class="grid" x1="0" x2="100%" y1={y} y2={y} />
      {marks === null ? (
        <Cells lane={lane} answer={answer} axis={axis} y={y} />
      ) : (
        marks.map((mark, number) =>
          mark.lane === index ? (
            <Mark key={mark.eventId} mark={mark} lane={lane} axis={axis} y={y} current={number === selected} />
          ) : null,
        )
      )}
    </g>
  );
}

function Cells({
  lane,
  answer,
  axis,
  y,
}: {
  readonly lane: TimelineLane;
  readonly answer: TimelineAnswer;
  readonly axis: Axis;
  readonly y: number;
}) {
  const total = (bucket: TimelineBucket) =>
    bucket.succeeded +
    bucket.failed +
    bucket.timedOut +
    bucket.underWay +
    bucket.unknown +
    bucket.drifts +
    bucket.others;
  const most = Math.max(1, ...lane.buckets.map(total));
  const width = (100 * answer.bucketMs) / (answer.until - answer.since);
  return (
    <>
      {lane.buckets.map((bucket) => {
        const bad = bucket.failed + bucket.timedOut > 0;
        return (
          <rect
            key={bucket.at}
            class={lane.system !== null ? "cell others" : bad ? "cell bad" : "cell"}
            x={`${Math.max(0, axis.at(bucket.at))}%`}
            y={y - (bad ? 10 : 6)}
            width={`${width * 0.9}%`}
            height={bad ? 20 : 12}
            fill-opacity={0.35 + 0.65 * (total(bucket) / most)}
          />
        );
      })}
    </>
  );
}
