import type { AroundAnswer, Match, RepositoryId } from "@alumiini/history";
import { useEffect, useId, useState } from "preact/hooks";
import { questionOf } from "../../api/client.js";
import { serverNow, ticks } from "../../api/clock.js";
import { useStore } from "../../api/store.js";
import { useAnswer } from "../../api/use-answer.js";
import { command } from "../../frame/commands.js";
import { SameInTerminal, setTitle } from "../../frame/foot.js";
import { go, href, type Route, repoParameter, repositoryOf, value } from "../../frame/route.js";
import { CopyLink } from "../../frame/scope-line.js";
import { zone } from "../../frame/settings.js";
import { NotKnownNote } from "../../parts/not-known.js";
import { labelOf, useRepositories } from "../../parts/repository-field.js";
import { Empty, Failure, Loading } from "../../parts/states.js";
import { Copy, Grade, Icon, Revision, Text, Time } from "../../parts/text.js";
import { readMoment } from "../../words/moment-input.js";
import { plainText, shortRevision } from "../../words/names.js";
import { plural } from "../../words/numbers.js";
import { eventWording, GRADES, sourceName } from "../../words/states.js";
import { age, duration, fullTime, iso, span, spanWords, when } from "../../words/times.js";
import { MomentStrip } from "./strip.js";
import { momentMarkdown } from "./text.js";

const WINDOWS = ["1m", "5m", "15m", "1h", "6h", "24h"];

/** What broke checkout at 14:03? */
export function Moment({ route }: { readonly route: Route }) {
  const repository = repositoryOf(route);
  const at = Date.parse(value(route, "at"));
  const window = span(value(route, "window")) === undefined ? "15m" : value(route, "window");
  const complete = repository !== undefined && !Number.isNaN(at);
  const question = complete ? { ...repository, at, windowMs: span(window) ?? 900_000 } : undefined;
  const asked = useAnswer("around", question);
  const { data } = asked;
  const heading = data === undefined || repository === undefined ? "What broke, and when?" : sentence(data, repository);
  useEffect(() => setTitle(heading), [heading]);
  const twin = command(
    "around",
    {
      cluster: repository?.clusterId,
      namespace: repository?.namespace,
      at: Number.isNaN(at) ? "14:03" : iso(at),
      window,
    },
    repository?.repoName ?? "checkout",
  );
  return (
    <article class={asked.old ? "old" : undefined}>
      <AskForm
        key={`${route.raw["repo"]} ${at}`}
        repository={repository}
        at={Number.isNaN(at) ? undefined : at}
        window={window}
      />
      <div class="title-row">
        <h1 tabIndex={-1}>{plainText(heading)}</h1>
        {complete && (
          <span class="steps">
            <CopyLink route={route} />
          </span>
        )}
      </div>
      <Failure of={asked} />
      <Loading of={asked} what="the events around it" />
      {!complete && (
        <Empty title="Name a repository and a time">
          <p>
            Everything that is stored around that moment is listed, each with the reason why. Write the time as you
            would say it: 14:03, yesterday 14:03, 25 Nov 14:03, −2h.
          </p>
        </Empty>
      )}
      {data !== undefined && repository !== undefined && (
        <>
          <p class="lead">
            {data.runningRevision !== null && (
              <>
                It was running <Revision revision={data.runningRevision} />.{" "}
              </>
            )}
            {data.wantedRevision !== null && (
              <>
                <Revision revision={data.wantedRevision} /> was wanted.{" "}
              </>
            )}
            Nearness in time is a hint, not a proof.
          </p>
          <MomentStrip answer={data} repository={repository} />
          <Matches answer={data} />
          <NotKnownNote facts={data.notKnown} />
          <p class="buttons">
            <Copy text={momentMarkdown(data, repository, location.href)} label="Copy as text for the incident" />
            <a href={questionOf("around", question ?? {})} download={`around-${iso(data.at)}.json`}>
              Download JSON
            </a>
          </p>
        </>
      )}
      <SameInTerminal command={twin} />
    </article>
  );
}

function sentence(answer: AroundAnswer, repository: RepositoryId): string {
  const before = answer.matches.filter((match) => match.offsetMs < 0 && !match.routine);
  const own = (match: Match) => match.event.system === "alumiini" || match.event.system === "cdevents";
  const changes = before.filter(own).length;
  const signals = before.length - changes;
  const parts = [changes > 0 ? plural(changes, "change") : "", signals > 0 ? plural(signals, "signal") : ""].filter(
    (part) => part !== "",
  );
  const came = parts.length === 0 ? "nothing came shortly before" : `${parts.join(" and ")} came shortly before`;
  const failure = answer.nearestFailure;
  if (failure === null)
    return `${repository.repoName} did not fail within ${duration(answer.windowMs)} of this moment; ${came}`;
  const offset = (failure.endedAt ?? failure.at) - answer.at;
  const where =
    Math.abs(offset) < 1000
      ? "at this moment"
      : `${duration(Math.abs(offset))} ${offset > 0 ? "after" : "before"} this moment`;
  return `${repository.repoName} ${failure.outcome === "timed_out" ? "timed out" : "failed"} ${where}; ${came}`;
}

interface AskFormProps {
  readonly repository: RepositoryId | undefined;
  readonly at: number | undefined;
  readonly window: string;
}

function AskForm({ repository, at, window }: AskFormProps) {
  const shown = useStore(zone);
  useStore(ticks);
  const id = useId();
  const now = serverNow();
  const [name, setName] = useState(repository === undefined ? "" : labelOf(repository));
  const [time, setTime] = useState(
    at === undefined ? "" : when(at, now, shown).replaceAll("\u00a0", " ").replace(",", ""),
  );
  const [size, setSize] = useState(window);
  const [problem, setProblem] = useState<string>();
  const typed = repository !== undefined && name === labelOf(repository) ? "" : (name.split(" · ")[0]?.trim() ?? "");
  const found = useRepositories(typed);
  const understood =
    at !== undefined && time === when(at, now, shown).replaceAll("\u00a0", " ").replace(",", "")
      ? at
      : readMoment(time, now, shown);

  const look = (event: SubmitEvent) => {
    event.preventDefault();
    const exact = found.filter((item) => labelOf(item) === name || item.repoName === name);
    const chosen =
      typed === "" ? repository : exact.length === 1 ? exact[0] : found.length === 1 ? found[0] : undefined;
    if (chosen === undefined)
      return setProblem(
        found.length === 0
          ? `No repository is called “${name}”.`
          : `${plural(found.length, "repository", "repositories")} may be meant; choose one from the list.`,
      );
    if (understood === undefined)
      return setProblem("This is no time. Try 14:03, yesterday 14:03, 25 Nov 14:03, 14:03 UTC or -2h.");
    setProblem(undefined);
    go(href("moment", { repo: repoParameter(chosen), at: iso(understood), window: size === "15m" ? "" : size }));
  };
  return (
    <form class="ask" onSubmit={look}>
      <label>
        <span class="second">What broke</span>
        <input
          list={`${id}-repositories`}
          value={name}
          placeholder="checkout"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <datalist id={`${id}-repositories`}>
        {found.map((item) => (
          <option key={labelOf(item)} value={labelOf(item)} />
        ))}
      </datalist>
      <label>
        <span class="second">at</span>
        <input
          value={time}
          placeholder="14:03"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setTime(event.currentTarget.value)}
        />
      </label>
      <label>
        <span class="second">give or take</span>
        <select value={size} onChange={(event) => setSize(event.currentTarget.value)}>
          {[...new Set([...WINDOWS, size])].map((each) => (
            <option key={each} value={each}>
              {spanWords(each)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="primary">
        Look
      </button>
      <p class="understood" role="status">
        {problem ??
          (understood === undefined ? (
            time === "" ? (
              ""
            ) : (
              "Not understood as a time yet"
            )
          ) : (
            <>
              Understood as <b>{fullTime(understood, shown, { weekday: true })}</b>
              {!shown.utc && ` (${new Date(understood).toISOString().slice(11, 19)} UTC)`},{" "}
              {understood > now ? `in ${age(understood - now)}` : `${age(now - understood)} ago`}
            </>
          ))}
      </p>
    </form>
  );
}

function Matches({ answer }: { readonly answer: AroundAnswer }) {
  const [shown, setShown] = useState(false);
  if (answer.matches.length === 0) {
    return (
      <Empty title="Nothing is stored around this moment">
        <p>Widen the window, or look at the timeline to see when something was received.</p>
      </Empty>
    );
  }
  const told = answer.matches.filter((match) => !match.routine);
  const routine = answer.matches.filter((match) => match.routine);
  const groups = [
    { title: "Changes and signals before, best match first", list: told.filter((match) => match.offsetMs < 0) },
    { title: "At the moment and after, best match first", list: told.filter((match) => match.offsetMs >= 0) },
    { title: "Syncs that changed nothing", list: shown ? routine : [] },
  ];
  return (
    <>
      <MatchTable groups={groups} />
      {routine.length > 0 && (
        <p>
          <button type="button" class="link" aria-expanded={shown} onClick={() => setShown(!shown)}>
            {shown ? "Hide" : "Show"} {plural(routine.length, "sync")} that changed nothing
          </button>
        </p>
      )}
    </>
  );
}

interface MatchGroup {
  readonly title: string;
  readonly list: readonly Match[];
}

function MatchTable({ groups }: { readonly groups: readonly MatchGroup[] }) {
  return (
    <table class="rows matches" role="table">
      <caption class="hidden">Events around the moment, best match first, then nearest</caption>
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader" class="number">
            From the moment
          </th>
          <th scope="col" role="columnheader">
            What happened
          </th>
          <th scope="col" role="columnheader">
            Match
          </th>
          <th scope="col" role="columnheader">
            Why it is listed
          </th>
        </tr>
      </thead>
      {groups.map(
        ({ title, list }) =>
          list.length > 0 && (
            <tbody key={title} role="rowgroup" data-list>
              <tr role="row" class="group">
                <th scope="rowgroup" colSpan={4}>
                  {title}
                </th>
              </tr>
              {list.map((match) => (
                <MatchRow key={match.event.eventId} match={match} />
              ))}
            </tbody>
          ),
      )}
    </table>
  );
}

function MatchRow({ match }: { readonly match: Match }) {
  const { event, offsetMs, grade, reason } = match;
  const wording = eventWording(event);
  const own =
    event.clusterId !== null && event.namespace !== null && event.repoName !== null
      ? { clusterId: event.clusterId, namespace: event.namespace, repoName: event.repoName }
      : undefined;
  const to =
    event.syncId !== null && own !== undefined
      ? href("sync", { repo: repoParameter(own) }, event.syncId)
      : href("event", {}, event.eventId);
  const distance =
    Math.abs(offsetMs) < 1000
      ? "at the moment"
      : `${duration(Math.abs(offsetMs))} ${offsetMs > 0 ? "after" : "before"}`;
  return (
    <tr role="row">
      <td role="cell" class="number c-offset">
        <b>{distance}</b>
      </td>
      <td role="cell" class="c-what">
        <Icon name={wording.icon} tone={wording.tone} />{" "}
        <a href={to} data-item>
          <Text>{event.title}</Text>
        </a>
        {event.repoName !== null && (
          <>
            {" · "}
            <Text cut={24}>{event.repoName}</Text>
          </>
        )}
        {event.revision !== null && (
          <>
            {" · "}
            <code>
              <Text cut={24}>{shortRevision(event.revision)}</Text>
            </code>
          </>
        )}
        <span class="second">
          <Time at={event.at} /> · {sourceName(event.system)}
          {event.namespace !== null && (
            <>
              {" "}
              · <Text cut={24}>{event.namespace}</Text>
            </>
          )}
        </span>
      </td>
      <td role="cell" class="c-grade">
        <Grade of={grade} />
        <span class="hidden">{GRADES[grade].pips} of 4</span>
      </td>
      <td role="cell" class="c-reason second-text">
        <Text>{reason.text}</Text>
      </td>
    </tr>
  );
}
