import type { DoraAnswer, DoraMeasureName } from "@alumiini/history";
import { useState } from "preact/hooks";
import { useAnswer } from "../../api/use-answer.js";
import { href, repoParameter } from "../../frame/route.js";
import { EvidencePanel } from "../../parts/evidence.js";
import { Failure } from "../../parts/states.js";
import { FullTime, Name, Text } from "../../parts/text.js";
import { DORA_WORDS } from "../../words/definitions.js";
import { shortRevision } from "../../words/names.js";
import { count } from "../../words/numbers.js";
import { reasonWords } from "../../words/reasons.js";
import { type By, longTime, valueWords } from "./value.js";

interface ExplainedProps {
  readonly name: DoraMeasureName;
  readonly answer: DoraAnswer;
  readonly by: By;
  readonly question: Readonly<Record<string, string | number | readonly string[]>>;
  readonly twin: string;
  close(): void;
}

/** The events that a value rests on. */
export function Explained({ name, answer, by, question, twin, close }: ExplainedProps) {
  const [limit, setLimit] = useState(20);
  const asked = useAnswer("dora", { ...question, explain: name, limit });
  const explained = asked.data?.explained ?? undefined;
  const measure = answer.measures[name];
  const { shown } = valueWords(measure, by);
  return (
    <EvidencePanel
      title={measure.value === null ? "Why no value?" : `Why ${shown}?`}
      evidence={measure.evidence}
      meaning={DORA_WORDS[name].meaning}
      ids={explained?.items.map((item) => item.eventId) ?? measure.evidence.ids}
      command={twin}
      close={close}
    >
      <Failure of={asked} />
      {explained !== undefined && explained.total > 0 && (
        <>
          <h2>{count(explained.total)}, newest first</h2>
          <ul class="plain-list" data-list>
            {explained.items.map((item) => (
              <li key={item.eventId}>
                <span class="second">
                  <FullTime at={item.at} />
                </span>
                <span>
                  <Name text={item.repoName} to={href("sync", { repo: repoParameter(item) }, item.syncId)} />{" "}
                  {item.revision !== null && (
                    <code>
                      <Text cut={24}>{shortRevision(item.revision)}</Text>
                    </code>
                  )}
                </span>
                <span class="second">
                  {reasonWords(item.reason)}
                  {item.durationMs !== null && `, ${longTime(item.durationMs)}`}
                  {item.errorType !== null && (
                    <>
                      , <Text cut={32}>{item.errorType}</Text>
                    </>
                  )}
                  {item.relatedRevision !== null && (
                    <>
                      ,{" "}
                      <code>
                        <Text cut={24}>{shortRevision(item.relatedRevision)}</Text>
                      </code>
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
          {explained.total > explained.items.length && limit < 500 && (
            <button type="button" class="link" onClick={() => setLimit(limit === 20 ? 100 : 500)}>
              {count(explained.total - explained.items.length)} more
            </button>
          )}
        </>
      )}
    </EvidencePanel>
  );
}
