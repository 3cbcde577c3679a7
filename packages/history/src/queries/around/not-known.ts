import type { NotKnown } from "../answers/around.js";
import type { Range } from "../answers/common.js";
import { ask, type QueryContext } from "../context.js";
import { unobserved } from "../observed.js";

const GAPS = `
select g.stream, g.first_sequence, g.last_sequence, g.certain from gaps g
where coalesce(g.after_ts, g.detected_at) < $2::bigint and coalesce(g.before_ts, g.detected_at) >= $1::bigint
order by g.detected_at, g.stream, g.first_sequence limit 20`;

/** What other systems of a cluster said, and when last before the window's end. */
const FOREIGN = `
select e.system, max(e.ts) as last, count(*) filter (where e.ts >= $1::bigint) as n from events e
where e.system in ('tapio', 'kulta', 'cdevents') and e.ts < $2::bigint and e.ts >= $4::bigint and (e.cluster = $3::text or e.cluster is null or $3::text = '')
group by e.system order by e.system`;

const NAMES: Readonly<Record<string, string>> = { tapio: "TAPIO", kulta: "KULTA", cdevents: "CDEvents" };

/** Systems that said nothing for longer are not missed. */
const MISSED_MS = 30 * 86_400_000;

const UNOBSERVED = {
  not_recording: "The history was not recording",
  source_silent: "There are no events at all",
  expired: "Retention has removed the events",
} as const;

/** What the events of a window can't tell, each as one sentence. */
export async function notKnownOf(
  context: QueryContext,
  cluster: string | null,
  window: Range,
  truncated: boolean,
): Promise<NotKnown[]> {
  const found: NotKnown[] = [];
  const now = context.now();
  if (window.until > now) {
    found.push(fact("future", "Part of the window has not happened yet", Math.max(now, window.since), window.until));
  }
  for (const span of await unobserved(context, {}, window)) {
    found.push(fact(span.reason, `${UNOBSERVED[span.reason]} ${partOf(window, span)}`, span.since, span.until));
  }
  const gaps = await ask(context, {
    sql: GAPS,
    parameters: [window.since, window.until],
    columns: { stream: "text", first_sequence: "bigint", last_sequence: "bigint", certain: "boolean" },
  });
  for (const { stream, first_sequence: first, last_sequence: last, certain } of gaps) {
    const numbers = first === last ? `number ${first}` : `numbers ${first} to ${last}`;
    found.push(
      fact(
        "stream_gap",
        `Stream ${stream}: ${last - first + 1} ${certain ? "are" : "may be"} missing, ${numbers}`,
        null,
        null,
      ),
    );
  }
  const systems = await ask(context, {
    sql: FOREIGN,
    parameters: [window.since, window.until, cluster ?? "", window.until - MISSED_MS],
    columns: { system: "text", last: "bigint", n: "bigint" },
  });
  for (const { system, last, n } of systems) {
    if (n === 0)
      found.push(fact("source_silent", `${NAMES[system] ?? system} said nothing in this window`, last, window.until));
  }
  if (systems.length === 0)
    found.push(fact("no_foreign", "No other system said anything of this cluster in the 30 days before", null, null));
  if (truncated) found.push(fact("truncated", "There are more events in the window than are listed", null, null));
  return found;
}

/** Which part of a window a span is, in words. */
function partOf(window: Range, { since, until }: Range): string {
  if (since <= window.since && until >= window.until) return "in this window";
  if (since <= window.since) return `before ${iso(until)}`;
  return until >= window.until ? `after ${iso(since)}` : `from ${iso(since)} to ${iso(until)}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function fact(code: NotKnown["code"], text: string, since: number | null, until: number | null): NotKnown {
  return { code, text, since, until };
}
