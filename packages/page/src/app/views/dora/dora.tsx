import type { DoraAnswer, DoraMeasureName } from "@alumiini/history";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { serverNow } from "../../api/clock.js";
import { useAnswer } from "../../api/use-answer.js";
import { command } from "../../frame/commands.js";
import { SameInTerminal, setTitle } from "../../frame/foot.js";
import { onKey } from "../../frame/keys.js";
import { go, href, list, type Route, repositoryOf, scopeOf, spanOf, value, values } from "../../frame/route.js";
import { Failure, Loading, NothingArrived } from "../../parts/states.js";
import { DORA_WORDS } from "../../words/definitions.js";
import { plainText } from "../../words/names.js";
import { badShare, plural } from "../../words/numbers.js";
import { iso } from "../../words/times.js";
import { Card } from "./card.js";
import { Explained } from "./explained.js";
import type { By } from "./value.js";

const MINUTE = 60_000;
const NAMES = Object.keys(DORA_WORDS).filter((name): name is DoraMeasureName => name in DORA_WORDS);

/** How do we deliver, and how sure is that? */
export function Dora({ route }: { readonly route: Route }) {
  const repository = repositoryOf(route);
  const by = byOf(value(route, "by"));
  const explain = NAMES.find(
    (name) => name === value(route, "explain") || DORA_WORDS[name].short === value(route, "explain"),
  );
  // A minute is precise enough for weeks, and the same question asked again is the same request.
  const now = Math.ceil(serverNow() / MINUTE) * MINUTE;
  const { last, since, until } = useMemo(
    () => spanOf(route, "26w", now),
    [value(route, "last"), value(route, "from"), value(route, "to")],
  );
  const scope =
    repository === undefined
      ? scopeOf(route)
      : {
          ...scopeOf(route),
          clusterId: [repository.clusterId],
          namespace: [repository.namespace],
          repoName: [repository.repoName],
        };
  const question = { ...scope, since, until, by };
  const asked = useAnswer("dora", question);
  const { data } = asked;
  const [tables, setTables] = useState(false);
  useEffect(() => onKey("t", () => setTables((before) => !before)), []);
  const subject = [
    repository?.repoName ?? "all repositories",
    list(route, "env").length > 0 ? `in ${list(route, "env").join(", ")}` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");
  const heading = data === undefined ? "Five measures of delivery" : sentence(data, subject);
  useEffect(() => setTitle("DORA"), []);
  const close = useCallback(() => {
    const id = explain === undefined ? undefined : `number-${explain}`;
    go(href("dora", { ...values(route), explain: "" }), { replace: true });
    if (id !== undefined) setTimeout(() => document.getElementById(id)?.focus());
  }, [route, explain]);
  const options = {
    cluster: scope.clusterId,
    namespace: scope.namespace,
    environment: scope.environment,
    repo: repository?.repoName,
    ...(last === undefined ? { since: iso(since), until: iso(until) } : { since: last }),
    by: by === "week" ? undefined : by,
  };
  const empty = data !== undefined && NAMES.every((name) => data.measures[name].coverage.total === 0);
  return (
    <div class={explain !== undefined && data !== undefined ? "with-panel" : undefined}>
      <div>
        <h1 tabIndex={-1}>{plainText(heading)}</h1>
        <p class="lead">
          Click a number to see the events it rests on. Hatched time was not observed; it is left out, not counted as 0.
        </p>
        <Failure of={asked} />
        <Loading of={asked} what="deployments" />
        {empty ? (
          <NothingArrived />
        ) : (
          data !== undefined && (
            <div class={`cards${asked.old ? " old" : ""}`}>
              {NAMES.map((name) => (
                <Card
                  key={name}
                  name={name}
                  answer={data}
                  by={by}
                  table={tables}
                  open={() => go(href("dora", { ...values(route), explain: name }), { replace: true })}
                  current={explain === name}
                />
              ))}
              <section class="card quiet">
                <h2>How to read this</h2>
                <ul class="dots">
                  <li>A bar on the base line is a real 0, with a 0 above it.</li>
                  <li>Hatched: not observed. An outline: still running.</li>
                  <li>
                    The strip below a chart: filled known, hatched partly, empty unknown. A ring rests on under half of
                    its {by}.
                  </li>
                  <li>No grades, and no red or green: more is not always better.</li>
                  <li>
                    <button type="button" class="link" aria-pressed={tables} onClick={() => setTables(!tables)}>
                      {tables ? "Charts instead of tables" : "Tables instead of charts"}
                    </button>{" "}
                    <kbd>t</kbd>
                  </li>
                </ul>
              </section>
            </div>
          )
        )}
        <SameInTerminal command={command("dora", options)} />
      </div>
      {explain !== undefined && data !== undefined && (
        <Explained
          key={explain}
          name={explain}
          answer={data}
          by={by}
          question={question}
          close={close}
          twin={command("dora", { ...options, explain: DORA_WORDS[explain].short })}
        />
      )}
    </div>
  );
}

function byOf(text: string): By {
  return text === "day" || text === "month" ? text : "week";
}

function sentence(answer: DoraAnswer, subject: string): string {
  const { value: rate, coverage } = answer.measures.changeFailRate;
  if (coverage.total === 0) return `No deployment of ${subject} is known in this time`;
  const failed = rate === null ? "nothing tells how many failed" : `${badShare(rate)} failed`;
  return `${plural(coverage.total, "deployment")} of ${subject}, ${failed}`;
}
