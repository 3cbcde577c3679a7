import { useEffect } from "preact/hooks";
import { useAnswer } from "../api/use-answer.js";
import { command } from "../frame/commands.js";
import { SameInTerminal, setTitle } from "../frame/foot.js";
import { href, type Route, repoParameter } from "../frame/route.js";
import { Empty, Failure, Loading } from "../parts/states.js";
import { Copy, FullTime, Icon, NoValue, Text } from "../parts/text.js";
import { plainText } from "../words/names.js";
import { eventWording, sourceName } from "../words/states.js";

/** One event as it came in. */
export function Event({ route }: { readonly route: Route }) {
  const asked = useAnswer("events", route.id === "" ? undefined : { eventId: route.id, limit: 1 });
  const event = asked.data?.items[0];
  const heading = event === undefined ? "Event" : plainText(event.title);
  useEffect(() => setTitle(heading), [heading]);
  const wording = event === undefined ? undefined : eventWording(event);
  const body = event === undefined ? "" : JSON.stringify(event.body, null, 2);
  const repository =
    event === undefined || event.clusterId === null || event.namespace === null || event.repoName === null
      ? undefined
      : { clusterId: event.clusterId, namespace: event.namespace, repoName: event.repoName };
  const moment =
    repository === undefined || event === undefined
      ? undefined
      : href("moment", { repo: repoParameter(repository), at: new Date(event.at).toISOString() });
  return (
    <article data-moment={moment}>
      <h1 tabIndex={-1}>
        {wording !== undefined && <Icon name={wording.icon} tone={wording.tone} />} {heading}
      </h1>
      <Failure of={asked} />
      <Loading of={asked} what="the event" />
      {asked.data !== undefined && event === undefined && (
        <Empty title="Nothing is stored under this id" commands={[command("tail", { since: "1h" })]}>
          <p>It may be older than the retention, or of another history.</p>
        </Empty>
      )}
      {event !== undefined && (
        <>
          <dl class="facts">
            <Fact name="Type" text={event.type} />
            <Fact name="System" text={sourceName(event.system)} />
            <Fact name="Told by" text={sourceName(event.source)} />
            <div>
              <dt>Happened</dt>
              <dd>
                <FullTime at={event.at} ms />
              </dd>
            </div>
            <div>
              <dt>Received</dt>
              <dd>
                <FullTime at={event.receivedAt} ms />
              </dd>
            </div>
            <Fact name="Cluster" text={event.clusterId} />
            <Fact
              name="Repository"
              text={repository === undefined ? null : `${repository.namespace}/${repository.repoName}`}
            />
            <div>
              <dt>Sync</dt>
              <dd>
                {event.syncId === null ? (
                  <NoValue />
                ) : (
                  <a
                    href={href(
                      "sync",
                      repository === undefined ? {} : { repo: repoParameter(repository) },
                      event.syncId,
                    )}
                  >
                    <Text cut={32}>{event.syncId}</Text>
                  </a>
                )}
              </dd>
            </div>
          </dl>
          {moment !== undefined && (
            <p>
              <a href={moment}>Moment</a> <kbd>m</kbd>
            </p>
          )}
          <h2>
            As it came in <Copy text={body} name="Copy the event" />
          </h2>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long text that scrolls must be reachable by keyboard */}
          <pre class="body" tabIndex={0}>
            <Text>{body}</Text>
          </pre>
        </>
      )}
      <SameInTerminal command={command("export", { event: route.id })} />
    </article>
  );
}

function Fact({ name, text }: { readonly name: string; readonly text: string | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text === null ? <NoValue /> : <Text>{text}</Text>}</dd>
    </div>
  );
}
