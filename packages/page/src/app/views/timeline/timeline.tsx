import type { TimelineAnswer } from "@alumiini/history";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { serverNow } from "../../api/clock.js";
import { useAnswer } from "../../api/use-answer.js";
import { command } from "../../frame/commands.js";
import { SameInTerminal, setTitle } from "../../frame/foot.js";
import { onKey } from "../../frame/keys.js";
import { go, href, type Route, scopeOf, spanOf, value, values } from "../../frame/route.js";
import { NewerLine, useNewer } from "../../parts/newer.js";
import { Empty, Failure, Loading, NothingArrived } from "../../parts/states.js";
import { FullTime } from "../../parts/text.js";
import { count, plural } from "../../words/numbers.js";
import { iso, spanWords } from "../../words/times.js";
import { EventList } from "./event-list.js";
import { TimelinePicture } from "./picture.js";

const FALLBACK = "2h";
const SHORTEST_MS = 60_000;
const LONGEST_MS = 400 * 86_400_000;

/** When did it start, what else moved? */
export function Timeline({ route }: { readonly route: Route }) {
  const scope = scopeOf(route);
  const [anchor, setAnchor] = useState(serverNow);
  const place = `${value(route, "last")} ${value(route, "from")} ${value(route, "to")}`;
  // The anchor moves by "Show" alone, so that nothing jumps.
  const { last, since, until } = useMemo(() => spanOf(route, FALLBACK, anchor), [place, anchor]);
  const wide = useWide();
  const asked = useAnswer("timeline", {
    ...scope,
    since: Math.round(since),
    until: Math.round(until),
    buckets: wide ? 60 : 40,
    lanes: wide ? 40 : 0,
  });
  const { data } = asked;
  const list = useRef<HTMLDivElement>(null);
  const reload = useCallback(() => {
    setAnchor(serverNow());
    asked.reload();
  }, [asked.reload]);
  const newer = useNewer(list, (event) => (last === undefined ? undefined : event.eventId), reload);

  const range = (from: number, to: number) =>
    go(
      href("timeline", {
        ...values(route),
        last: "",
        from: iso(Math.round(from / 1000) * 1000),
        to: iso(Math.round(to / 1000) * 1000),
      }),
    );
  useEffect(() => {
    const zoom = (factor: number) => {
      const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (until - since) * factor));
      const middle = (since + until) / 2;
      const to = Math.min(serverNow(), middle + length / 2);
      range(to - length, to);
    };
    const ends = [onKey("+", () => zoom(0.5)), onKey("-", () => zoom(2))];
    return () => {
      for (const end of ends) end();
    };
    // Zooms what is shown now.
  }, [since, until, route]);

  const span = last === undefined ? "in this time" : `in the last ${spanWords(last)}`;
  const heading = data === undefined ? "Timeline" : sentence(data, span);
  useEffect(() => setTitle(`${heading} · Timeline`), [heading]);
  const twin = command("tail", {
    ...(last === undefined ? { since: iso(since), until: iso(until) } : { since: last }),
    cluster: scope.clusterId,
    environment: scope.environment,
    namespace: scope.namespace,
  });
  const nothing = data !== undefined && data.syncs === 0 && data.lanes.length === 0;
  return (
    <>
      <div class="title-row">
        <h1 tabIndex={-1}>{heading}</h1>
        <span class="second steps keys-hint">
          <span>
            Zoom <kbd>+</kbd> <kbd>-</kbd>
          </span>
          <span>
            Move <kbd>←</kbd> <kbd>→</kbd>
          </span>
          <span>
            Hold <kbd>p</kbd>
          </span>
        </span>
      </div>
      {last === undefined && (
        <p class="lead">
          <FullTime at={since} /> to <FullTime at={until} />.{" "}
          <a href={href("timeline", { ...values(route), from: "", to: "" })}>Back to the last 2 hours</a>
        </p>
      )}
      <Failure of={asked} />
      <Loading of={asked} what="the timeline" />
      {data !== undefined &&
        (nothing ? (
          <Nothing route={route} />
        ) : (
          <TimelinePicture answer={data} old={asked.old} withLanes={wide} choose={range} />
        ))}
      <div ref={list}>
        <NewerLine newer={newer} noun="event">
          {last !== undefined && "At the top of the page it follows by itself"}
        </NewerLine>
        {!nothing && (
          <EventList
            scope={scope}
            since={Math.round(since)}
            until={Math.round(until)}
            systems={data?.lanes.flatMap((lane) => (lane.system === null ? [] : [lane.system])) ?? []}
          />
        )}
      </div>
      <SameInTerminal command={twin} />
    </>
  );
}

function sentence({ syncs, failed }: TimelineAnswer, span: string): string {
  if (syncs === 0) return `No sync ${span}`;
  if (failed === 0)
    return syncs === 1 ? `The one sync ${span} did not fail` : `None of ${plural(syncs, "sync")} failed ${span}`;
  return `${count(failed)} of ${plural(syncs, "sync")} failed ${span}`;
}

function Nothing({ route }: { readonly route: Route }) {
  const { data } = useAnswer("stats", {});
  if (data === undefined) return null;
  if (data.received === 0) return <NothingArrived />;
  return (
    <Empty title="Nothing was received in this time">
      <p>
        {data.newestAt !== null && (
          <>
            The newest event is of <FullTime at={data.newestAt} />.{" "}
          </>
        )}
        <a href={href("timeline", { ...values(route), last: "30d", from: "", to: "" })}>Look at the last 30 days</a>, or{" "}
        <a href={href("timeline")}>clear the filters</a>.
      </p>
    </Empty>
  );
}

/** Lanes need room. */
function useWide(): boolean {
  const [wide, setWide] = useState(() => matchMedia("(min-width: 640px)").matches);
  useEffect(() => {
    const query = matchMedia("(min-width: 640px)");
    const update = () => setWide(query.matches);
    query.addEventListener("change", update);
    return () => query.removeEventListener("change", update);
  }, []);
  return wide;
}
