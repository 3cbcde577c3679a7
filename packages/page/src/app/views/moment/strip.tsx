import type { AroundAnswer, Match, RepositoryId } from "@alumiini/history";
import { useStore } from "../../api/store.js";
import { zone } from "../../frame/settings.js";
import { Axis } from "../../parts/axis.js";
import { sameRepository } from "../../words/names.js";
import { plural } from "../../words/numbers.js";
import { eventWording, sourceName } from "../../words/states.js";
import { tick } from "../../words/times.js";

const LANE = 26;
const MOST_LANES = 6;

interface Lane {
  readonly name: string;
  readonly matches: Match[];
}

/** The moment in one picture; the list below says the same. */
export function MomentStrip({
  answer,
  repository,
}: {
  readonly answer: AroundAnswer;
  readonly repository: RepositoryId;
}) {
  const shown = useStore(zone);
  if (answer.matches.length === 0) return null;
  const lanes = lanesOf(answer, repository);
  const axis = new Axis(answer.at - answer.windowMs, answer.at + answer.windowMs);
  const height = lanes.length * LANE;
  const blank = answer.notKnown.flatMap(({ since, until, code }) => {
    if (since === null || until === null || (code !== "future" && code !== "not_recording" && code !== "expired"))
      return [];
    const from = Math.max(0, axis.at(since));
    return [
      {
        from,
        width: Math.min(100, axis.at(until)) - from,
        words: code === "future" ? "has not happened yet" : "not observed",
      },
    ];
  });
  return (
    <div class="strip-picture" aria-hidden="true">
      <div class="lane-names">
        {lanes.map(({ name }) => (
          <span key={name}>{name}</span>
        ))}
      </div>
      <svg class="lanes" height={height + 22}>
        {blank.map(({ from, width, words }) => (
          <g key={`${from}`} class="hatched">
            <rect x={`${from}%`} y="0" width={`${width}%`} height={height} fill="url(#hatch)" />
            {width > 18 && (
              <text x={`${from + width / 2}%`} y={height / 2} text-anchor="middle">
                {words}
              </text>
            )}
          </g>
        ))}
        {lanes.map(({ name, matches }, index) => (
          <g key={name}>
            <line class="grid" x1="0" x2="100%" y1={index * LANE + 13} y2={index * LANE + 13} />
            {matches.map(({ event }) => {
              const wording = eventWording(event);
              return (
                <svg key={event.eventId} x={`${axis.at(event.at)}%`} y={index * LANE + 6} overflow="visible">
                  <use href={`#i-${wording.icon}`} x="-7" width="14" height="14" class={wording.tone} />
                </svg>
              );
            })}
          </g>
        ))}
        <line class="moment-line" x1="50%" x2="50%" y1="0" y2={height + 4} />
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <text
            key={part}
            class={part === 0.5 ? "now" : undefined}
            x={`${part * 100}%`}
            y={height + 18}
            text-anchor={part === 0 ? "start" : part === 1 ? "end" : "middle"}
          >
            {tick(answer.at + (2 * part - 1) * answer.windowMs, answer.windowMs * 2, shown)}
          </text>
        ))}
      </svg>
    </div>
  );
}

function lanesOf(answer: AroundAnswer, repository: RepositoryId): Lane[] {
  const own: Lane = { name: repository.repoName.slice(0, 24), matches: [] };
  const others: Lane = { name: `Others in ${repository.clusterId.slice(0, 16)}`, matches: [] };
  const systems = new Map<string, Lane>();
  for (const match of answer.matches) {
    const { event } = match;
    const { clusterId, namespace, repoName } = event;
    if (event.system !== "alumiini" && event.system !== "cdevents") {
      const lane = systems.get(event.system) ?? { name: sourceName(event.system), matches: [] };
      lane.matches.push(match);
      systems.set(event.system, lane);
    } else if (
      clusterId !== null &&
      namespace !== null &&
      repoName !== null &&
      sameRepository({ clusterId, namespace, repoName }, repository)
    ) {
      own.matches.push(match);
    } else {
      others.matches.push(match);
    }
  }
  const lanes = [own, ...(others.matches.length > 0 ? [others] : []), ...systems.values()];
  const rest = lanes.slice(MOST_LANES - 1);
  if (rest.length <= 1) return lanes;
  return [
    ...lanes.slice(0, MOST_LANES - 1),
    { name: plural(rest.length, "more system"), matches: rest.flatMap(({ matches }) => matches) },
  ];
}
