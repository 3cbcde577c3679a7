import type { Match, SyncAnswer, SyncRow, SyncStep } from "@alumiini/history";
import { useState } from "preact/hooks";
import { href } from "../../frame/route.js";
import { Axis } from "../../parts/axis.js";
import { Grade, Icon, Text } from "../../parts/text.js";
import { plural } from "../../words/numbers.js";
import { DRIFT, eventWording, OUTCOMES, sourceName, type Wording } from "../../words/states.js";
import { duration, offset } from "../../words/times.js";

const STEP_WORDS: Readonly<Record<SyncStep["kind"], string>> = {
  webhook: "Webhook",
  sync: "Sync",
  git: "Git fetch",
  apply: "Apply",
  drift: "Drift",
  worker: "Worker",
  gap: "Nothing reported",
};
const INNER: ReadonlySet<SyncStep["kind"]> = new Set(["git", "apply", "gap", "drift"]);

/** The axis of a sync: from its start to its end. One gap above half of the whole is folded. */
function axisOf(
  steps: readonly SyncStep[],
  unfolded: boolean,
): { readonly axis: Axis; readonly folded: SyncStep | undefined } {
  const inside = steps.filter(({ kind }) => kind === "sync" || kind === "git" || kind === "apply");
  const to = Math.max(1, ...inside.map((step) => step.offsetMs + Math.max(0, step.durationMs ?? 0)));
  const folded = steps.find((step) => step.kind === "gap" && (step.durationMs ?? 0) > to / 2);
  if (folded === undefined || unfolded) return { axis: new Axis(0, to), folded };
  return { axis: new Axis(0, to, { from: folded.offsetMs, to: folded.offsetMs + (folded.durationMs ?? 0) }), folded };
}

/** A table whose last column draws what the others say. */
export function Waterfall({ answer, sync }: { readonly answer: SyncAnswer; readonly sync: SyncRow }) {
  const [unfolded, setUnfolded] = useState(false);
  const { axis, folded } = axisOf(answer.steps, unfolded);
  return (
    <>
      <table class="rows waterfall" role="table">
        <caption class="hidden">Steps of the sync, in order of their start</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">
              Step
            </th>
            <th scope="col" role="columnheader" class="number">
              Start
            </th>
            <th scope="col" role="columnheader" class="number">
              Took
            </th>
            <th scope="col" role="columnheader">
              Outcome
            </th>
            <th scope="col" role="columnheader" class="c-bar">
              <span class="hidden">Picture of start and length</span>
              <Ticks axis={axis} />
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {answer.steps.map((step) => (
            <StepRow key={`${step.kind}${step.offsetMs}${step.eventIds[0] ?? ""}`} step={step} sync={sync} axis={axis}>
              {step === folded && (
                <button type="button" class="link" onClick={() => setUnfolded(!unfolded)}>
                  {unfolded ? "fold" : "unfold"}
                </button>
              )}
            </StepRow>
          ))}
        </tbody>
      </table>
      {answer.around.length > 0 && <Around matches={answer.around} axis={axis} start={sync.at} />}
    </>
  );
}

function StepRow({
  step,
  sync,
  axis,
  children,
}: {
  readonly step: SyncStep;
  readonly sync: SyncRow;
  readonly axis: Axis;
  readonly children: preact.ComponentChildren;
}) {
  const wording = wordingOf(step);
  return (
    <tr role="row" class={`row-${step.kind}`}>
      <td role="cell" class={`c-step${INNER.has(step.kind) ? " inner" : ""}`}>
        <Icon
          name={iconOf(step, wording)}
          tone={wording.tone === "fail" || wording.tone === "warn" ? wording.tone : "off"}
        />{" "}
        <b>{STEP_WORDS[step.kind]}</b>{" "}
        <span class="second-text">
          <Details step={step} sync={sync} />
        </span>{" "}
        {children}
      </td>
      <td role="cell" class="number c-start" data-label="Start">
        {offset(step.offsetMs)}
      </td>
      <td role="cell" class="number c-took" data-label="Took">
        {step.durationMs === null ? "" : duration(step.durationMs)}
        {step.durationMs !== null && step.durationMs < 0 && <span class="second"> clock</span>}
      </td>
      <td role="cell" class="c-outcome">
        {outcomeOf(step)}
      </td>
      <td role="cell" class="c-bar" aria-hidden="true">
        <Bar step={step} axis={axis} tone={wording.tone} />
      </td>
    </tr>
  );
}

function Details({ step, sync }: { readonly step: SyncStep; readonly sync: SyncRow }) {
  if (step.kind === "webhook") return <>{sync.trigger ?? ""}</>;
  if (step.kind === "git" && sync.branch !== null) return <Text cut={32}>{sync.branch}</Text>;
  if (step.kind === "apply" && step.resourcesApplied !== null) return <>{plural(step.resourcesApplied, "object")}</>;
  if (step.resourceKey !== null) return <Text cut={48}>{step.resourceKey}</Text>;
  return null;
}

function wordingOf(step: SyncStep): Wording {
  return step.kind === "drift" ? DRIFT : OUTCOMES[step.outcome];
}

function iconOf({ kind }: SyncStep, wording: Wording): string {
  if (kind === "drift" || wording.tone === "fail") return wording.icon;
  if (kind === "webhook") return "in";
  return kind === "gap" ? "nodata" : kind === "sync" ? wording.icon : "step";
}

function outcomeOf(step: SyncStep) {
  if (step.kind === "gap") return <span class="second-text">a gap, computed</span>;
  if (step.kind === "webhook") return "Received";
  if (step.kind === "drift") return step.endedAt === null ? "Seen, still open" : "Seen";
  const error = step.errorType;
  return (
    <>
      {OUTCOMES[step.outcome].word}
      {error !== null && (
        <>
          :{" "}
          <code>
            <Text cut={32}>{error}</Text>
          </code>
        </>
      )}
    </>
  );
}

function Ticks({ axis }: { readonly axis: Axis }) {
  return (
    <svg class="ticks" aria-hidden="true">
      {axis.ticks(5).map((tick) => (
        <text
          key={tick}
          x={`${axis.at(tick)}%`}
          y="13"
          text-anchor={axis.at(tick) > 92 ? "end" : axis.at(tick) < 3 ? "start" : "middle"}
        >
          {duration(tick) === "0\u00a0ms" ? "0" : duration(tick)}
        </text>
      ))}
    </svg>
  );
}

function Grid({ axis }: { readonly axis: Axis }) {
  return (
    <>
      {axis.ticks(5).map((tick) => (
        <line key={tick} class="grid" x1={`${axis.at(tick)}%`} x2={`${axis.at(tick)}%`} y1="0" y2="100%" />
      ))}
    </>
  );
}

function Bar({ step, axis, tone }: { readonly step: SyncStep; readonly axis: Axis; readonly tone: string }) {
  const end = step.offsetMs + Math.max(0, step.durationMs ?? 0);
  if (end < axis.from || step.offsetMs > axis.to)
    return <Outside ms={step.offsetMs < axis.from ? step.offsetMs : step.offsetMs - axis.to} axis={axis} tone={tone} />;
  const x = Math.max(0, axis.at(step.offsetMs));
  const width = Math.max(0, Math.min(100, axis.at(end)) - x);
  const kind =
    step.kind === "gap"
      ? "gap"
      : step.kind === "sync"
        ? `whole-bar ${tone}`
        : tone === "fail"
          ? "step-bar fail"
          : "step-bar";
  return (
    <svg class="bar">
      <Grid axis={axis} />
      {step.durationMs === null || step.durationMs <= 0 ? (
        <svg x={`${x}%`} y="3" overflow="visible">
          <use
            href={`#i-${step.kind === "drift" ? "drift" : step.kind === "webhook" ? "in" : "step"}`}
            x="-7"
            width="14"
            height="14"
            class={tone}
          />
        </svg>
      ) : (
        <rect
          class={kind}
          x={`${x}%`}
          y="4"
          width={`${width}%`}
          height="12"
          rx="2"
          style={{ width: `max(2px, ${width}%)` }}
        />
      )}
      {!step.precise && step.durationMs !== null && step.durationMs > 0 && (
        <line class="ragged" x1={`${x + width}%`} x2={`${x + width}%`} y1="2" y2="18" />
      )}
    </svg>
  );
}

/** A point outside the axis: an arrow and its distance. */
function Outside({ ms, axis, tone }: { readonly ms: number; readonly axis: Axis; readonly tone: string }) {
  const before = ms < 0;
  return (
    <svg class={`bar outside ${tone}`}>
      <Grid axis={axis} />
      <svg x={before ? "0" : "100%"} overflow="visible">
        <path d={before ? "M8 4l-6 6 6 6" : "M-8 4l6 6-6 6"} class="arrow" />
        <text x={before ? 14 : -14} y="14" text-anchor={before ? "start" : "end"}>
          {duration(Math.abs(ms))} {before ? "before" : "after"}
        </text>
      </svg>
    </svg>
  );
}

function Around({
  matches,
  axis,
  start,
}: {
  readonly matches: readonly Match[];
  readonly axis: Axis;
  readonly start: number;
}) {
  const systems = new Map<string, number>();
  for (const { event } of matches) systems.set(event.system, (systems.get(event.system) ?? 0) + 1);
  return (
    <section aria-labelledby="around-title">
      <h2 id="around-title">
        Around it{" "}
        <span class="second-text">
          {plural(matches.length, "event")} of other systems:{" "}
          {[...systems].map(([system, number]) => `${sourceName(system)} ${number}`).join(", ")}
        </span>
      </h2>
      <table class="rows waterfall around" role="table">
        <caption class="hidden">Events of other systems around the sync, best match first</caption>
        <thead role="rowgroup" class="hidden-head">
          <tr role="row">
            <th scope="col" role="columnheader">
              Event
            </th>
            <th scope="col" role="columnheader">
              From the start
            </th>
            <th scope="col" role="columnheader">
              Match and its reason
            </th>
            <th scope="col" role="columnheader">
              Picture
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup" data-list>
          {matches.map((match) => {
            const wording = eventWording(match.event);
            const at = match.event.at - start;
            return (
              <tr role="row" key={match.event.eventId}>
                <td role="cell" class="c-step">
                  <Icon name={wording.icon} tone={wording.tone} />{" "}
                  <a href={href("event", {}, match.event.eventId)} data-item>
                    <Text>{match.event.title}</Text>
                  </a>{" "}
                  <span class="second-text">{sourceName(match.event.system)}</span>
                </td>
                <td role="cell" class="number c-start">
                  {offset(at)}
                </td>
                <td role="cell" class="c-match">
                  <Grade of={match.grade} />{" "}
                  <span class="second-text">
                    <Text>{match.reason.text}</Text>
                  </span>
                </td>
                <td role="cell" class="c-bar" aria-hidden="true">
                  {axis.has(at) ? (
                    <svg class="bar">
                      <Grid axis={axis} />
                      <svg x={`${axis.at(at)}%`} y="3" overflow="visible">
                        <use href={`#i-${wording.icon}`} x="-6" width="12" height="14" class={wording.tone} />
                      </svg>
                    </svg>
                  ) : (
                    <Outside ms={at < axis.from ? at : at - axis.to} axis={axis} tone={wording.tone} />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
