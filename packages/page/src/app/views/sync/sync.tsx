import type { RolloutStep, SyncAnswer, SyncRow } from "@alumiini/history";
import { useEffect } from "preact/hooks";
import { useAnswer } from "../../api/use-answer.js";
import { command } from "../../frame/commands.js";
import { SameInTerminal, setTitle } from "../../frame/foot.js";
import { onKey } from "../../frame/keys.js";
import { go, href, type Route, repoParameter, repositoryOf } from "../../frame/route.js";
import { CopyLink } from "../../frame/scope-line.js";
import { Axis } from "../../parts/axis.js";
import { NotKnownNote } from "../../parts/not-known.js";
import { Empty, Failure, Loading } from "../../parts/states.js";
import { Strip } from "../../parts/strip.js";
import { Age, Copy, FullTime, Icon, LinkOut, Message, Name, NoValue, Text, Time, Where } from "../../parts/text.js";
import { commitLink, plainText, shortRevision } from "../../words/names.js";
import { count, plural } from "../../words/numbers.js";
import { OUTCOMES } from "../../words/states.js";
import { duration } from "../../words/times.js";
import { Waterfall } from "./waterfall.js";

/** What did it do, where did it break? */
export function Sync({ route }: { readonly route: Route }) {
  const repository = repositoryOf(route);
  const asked = useAnswer("sync", route.id === "" ? undefined : { syncId: route.id, ...repository });
  const { data } = asked;
  const sync = data?.sync ?? undefined;
  const heading = sync === undefined ? (data === undefined ? "Sync" : "No such sync is known") : sentence(sync);
  useEffect(() => setTitle(heading), [heading]);
  const step = (id: string | null | undefined) =>
    id === null || id === undefined || sync === undefined ? undefined : href("sync", { repo: repoParameter(sync) }, id);
  const previous = step(data?.previousSyncId);
  const next = step(data?.nextSyncId);
  useEffect(() => {
    const ends = [
      onKey("[", () => previous !== undefined && go(previous)),
      onKey("]", () => next !== undefined && go(next)),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [previous, next]);
  const moment =
    sync === undefined
      ? undefined
      : href("moment", { repo: repoParameter(sync), at: new Date(sync.endedAt ?? sync.at).toISOString() });
  return (
    <article data-moment={moment}>
      <div class="title-row">
        <h1 tabIndex={-1}>
          {sync !== undefined && <Icon name={OUTCOMES[sync.outcome].icon} tone={OUTCOMES[sync.outcome].tone} />}{" "}
          {plainText(heading)}
        </h1>
        <span class="steps">
          {previous !== undefined && (
            <a href={previous}>
              ‹ Previous sync <kbd>[</kbd>
            </a>
          )}
          {next !== undefined && (
            <a href={next}>
              Next sync › <kbd>]</kbd>
            </a>
          )}
          <CopyLink route={route} />
        </span>
      </div>
      <Failure of={asked} />
      <Loading of={asked} what="the sync" />
      {data !== undefined && sync === undefined && (
        <Empty title="Nothing is stored under this id" commands={[command("syncs", { since: "24h" })]}>
          <p>
            <code>
              <Text>{route.id}</Text>
            </code>{" "}
            may be older than the retention, or of another history. <a href={href("timeline")}>Look at the timeline</a>.
          </p>
        </Empty>
      )}
      {data !== undefined && sync !== undefined && <Whole answer={data} sync={sync} moment={moment ?? ""} />}
      <SameInTerminal
        command={command("show", repository === undefined ? {} : { cluster: repository.clusterId }, route.id)}
      />
    </article>
  );
}

function sentence(sync: SyncRow): string {
  const took = sync.durationMs === null || sync.durationMs < 0 ? "" : ` after ${duration(sync.durationMs)}`;
  switch (sync.outcome) {
    case "failed":
      return `${sync.repoName} failed${sync.failedStep === null ? "" : sync.failedStep === "git" ? " in the git fetch" : " in apply"}${took}`;
    case "timed_out":
      return `${sync.repoName} timed out${took}`;
    case "succeeded":
      return `${sync.repoName} succeeded${took.replace("after", "in")}`;
    case "rolled_back":
      return `${sync.repoName} went back to an earlier revision${took.replace("after", "in")}`;
    case "under_way":
      return `${sync.repoName} is syncing`;
    case "unknown":
      return sync.errorType === "cancelled"
        ? `${sync.repoName} was cancelled${took}`
        : `${sync.repoName} ended, and nothing tells how`;
  }
}

function Whole({
  answer,
  sync,
  moment,
}: {
  readonly answer: SyncAnswer;
  readonly sync: SyncRow;
  readonly moment: string;
}) {
  return (
    <>
      <Facts answer={answer} sync={sync} />
      {(sync.errorType !== null || sync.errorMessage !== null) && (
        <section class="error-box" aria-label="Error">
          <p>
            {sync.errorType !== null && (
              <code class="error-type">
                <Text>{sync.errorType}</Text>
              </code>
            )}{" "}
            {sync.failedStep !== null && `in ${sync.failedStep === "git" ? "the git fetch" : "apply"} · `}
            <a href={moment}>Moment</a> <kbd>m</kbd>
          </p>
          {sync.errorMessage === null ? (
            <p class="second">No message was reported.</p>
          ) : (
            <Message text={sync.errorMessage} />
          )}
          {answer.sameError.length > 0 && <SameError others={answer.sameError} />}
        </section>
      )}
      <Waterfall answer={answer} sync={sync} />
      {sync.startedAt === null && (
        <p class="note">
          {sync.source === "flux" ? "Flux sends no event when a sync starts" : "No start was reported"}; the steps are
          placed from what ended.
        </p>
      )}
      {answer.rollout.length > 0 && <Rollout steps={answer.rollout} />}
      <NotKnownNote facts={answer.notKnown} />
      <p class="note">
        Times as each system reported them; no clock is adjusted. Hatched: time in which no step was reported.
      </p>
      <Objects answer={answer} />
      <Events answer={answer} />
    </>
  );
}

function SameError({ others }: { readonly others: SyncAnswer["sameError"] }) {
  return (
    <details class="second">
      <summary>Same error in {plural(others.length, "other repository", "other repositories")} within 10 min</summary>
      <ul>
        {others.map((other) => (
          <li key={other.syncId}>
            <Name text={other.repoName} to={href("sync", { repo: repoParameter(other) }, other.syncId)} />{" "}
            <Where of={other} /> <Time at={other.at} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Facts({ answer, sync }: { readonly answer: SyncAnswer; readonly sync: SyncRow }) {
  return (
    <dl class="facts">
      <div>
        <dt>{sync.startedAt === null ? "Ended" : "Started"}</dt>
        <dd>
          <FullTime at={sync.at} ms />
          <span class="second">
            <Age at={sync.at} /> ago
          </span>
        </dd>
      </div>
      <div>
        <dt>Where</dt>
        <dd>
          <Where of={sync} source={sync.source} />
          {sync.environment !== null && (
            <span class="second">
              <Text>{sync.environment}</Text>
            </span>
          )}
        </dd>
      </div>
      <div>
        <dt>Revision</dt>
        <dd>
          {sync.previousRevision !== null && (
            <>
              <code>
                <Text cut={32}>{shortRevision(sync.previousRevision)}</Text>
              </code>{" "}
              →{" "}
            </>
          )}
          {sync.revision === null ? (
            <NoValue />
          ) : (
            <LinkOut to={commitLink(sync.repoUrl, sync.revision)}>
              <code>
                <Text cut={32}>{shortRevision(sync.revision)}</Text>
              </code>
            </LinkOut>
          )}
          <span class="second">
            {sync.branch !== null && <Text cut={32}>{sync.branch}</Text>}{" "}
            {sync.revision !== null && <Copy text={sync.revision} name="Copy the revision" />}
          </span>
        </dd>
      </div>
      <div>
        <dt>Trigger</dt>
        <dd>{sync.trigger === null ? <NoValue /> : <Text>{sync.trigger}</Text>}</dd>
      </div>
      <div>
        <dt>Objects</dt>
        <dd>{sync.resourcesApplied === null ? <NoValue /> : `${count(sync.resourcesApplied)} written`}</dd>
      </div>
      {sync.traceId !== null && (
        <div>
          <dt>Trace</dt>
          <dd>
            <code>
              <Text cut={24}>{sync.traceId}</Text>
            </code>{" "}
            <span class="second">
              <Copy text={sync.traceId} name="Copy the trace id" />
            </span>
          </dd>
        </div>
      )}
      <div>
        <dt>Last 12</dt>
        <dd>
          <Strip marks={answer.lastOutcomes} />
        </dd>
      </div>
    </dl>
  );
}

/** Minutes and hours follow seconds: a band with an axis of its own. */
function Rollout({ steps }: { readonly steps: readonly RolloutStep[] }) {
  const first = steps[0]?.at ?? 0;
  const axis = new Axis(first, steps.at(-1)?.at ?? first);
  return (
    <section aria-labelledby="rollout-title">
      <h2 id="rollout-title">
        Rollout <span class="second-text">its own axis: {duration(axis.to - axis.from)}</span>
      </h2>
      <table class="rows waterfall rollout" role="table">
        <caption class="hidden">Steps of the rollout that followed</caption>
        <thead role="rowgroup">
          <tr role="row">
            {["Phase", "At", "Weight", "Reason"].map((word) => (
              <th key={word} scope="col" role="columnheader">
                {word}
              </th>
            ))}
            <th scope="col" role="columnheader" class="c-bar">
              <span class="hidden">Picture</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {steps.map((step) => (
            <tr role="row" key={step.eventId}>
              <td role="cell" class="c-step">
                <Icon name="kulta" tone="other" />{" "}
                <a href={href("event", {}, step.eventId)}>
                  <Text>{step.phase}</Text>
                </a>{" "}
                <span class="second-text">
                  {step.index !== null && step.total !== null && `step ${step.index} of ${step.total}`} {step.strategy}
                </span>
              </td>
              <td role="cell" class="c-start">
                <Time at={step.at} />
              </td>
              <td role="cell" class="c-took">
                {step.trafficWeight === null ? <NoValue /> : `${step.trafficWeight}\u00a0%`}
              </td>
              <td role="cell" class="c-outcome">
                {step.reason === null ? <NoValue /> : <Text>{step.reason}</Text>}
              </td>
              <td role="cell" class="c-bar" aria-hidden="true">
                <svg class="bar">
                  <svg x={`${Math.min(97, Math.max(2, axis.at(step.at)))}%`} y="3" overflow="visible">
                    <use href="#i-kulta" x="-7" width="14" height="14" class="other" />
                  </svg>
                </svg>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Objects({ answer }: { readonly answer: SyncAnswer }) {
  if (answer.resources.length === 0) return null;
  return (
    <details>
      <summary>{plural(answer.resources.length, "object")} written</summary>
      <ul class="columns">
        {answer.resources.slice(0, 300).map((each) => {
          const key = [each.kind, each.namespace, each.name].filter((part) => part !== null).join("/");
          return (
            <li key={key}>
              <code>
                <Text>{key}</Text>
              </code>
            </li>
          );
        })}
      </ul>
      {answer.resources.length > 300 && (
        <p class="second">{count(answer.resources.length - 300)} more are in the JSON.</p>
      )}
    </details>
  );
}

function Events({ answer }: { readonly answer: SyncAnswer }) {
  return (
    <details>
      <summary>{plural(answer.events.length, "event")} of this sync</summary>
      <ul class="plain-list">
        {answer.events.slice(0, 200).map((event) => (
          <li key={event.eventId}>
            <FullTime at={event.at} ms />{" "}
            <a href={href("event", {}, event.eventId)}>
              <Text>{event.title}</Text>
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}
