import type { SourceStats, StatsAnswer } from "@alumiini/history";
import type { SinkState } from "../../../sinks.js";
import { Age, Icon, Text, Time } from "../../parts/text.js";
import { bytes, count, plural } from "../../words/numbers.js";
import { sourceName } from "../../words/states.js";

/** Sources that `alumiini setup` knows. */
const SETUPS: readonly string[] = ["flux", "argocd", "github", "gitlab"];

/** A source of syncs that never reported how one ended. */
export function tellsTooLittle({ tellsOutcomes, source }: SourceStats): boolean {
  return !tellsOutcomes && SETUPS.includes(source);
}

/** What comes in from each source, is stored, and goes out to each sink. */
export function Flow({
  stats,
  sinks,
}: {
  readonly stats: StatsAnswer;
  readonly sinks: readonly SinkState[] | undefined;
}) {
  const sources = [...stats.sources].sort((a, b) => b.stored - a.stored);
  const shownSinks = sinks ?? [];
  return (
    <div class="flow">
      <ul aria-label="Sources">
        {sources.slice(0, 8).map((source) => (
          <SourceBox key={`${source.source}${source.clusterId}`} source={source} />
        ))}
        {sources.length > 8 && <li class="second">{plural(sources.length - 8, "more source")}</li>}
      </ul>
      <Lines size={Math.min(8, sources.length)} />
      <div class="box">
        <span class="second">History, {stats.engine === "duckdb" ? "DuckDB" : "PostgreSQL"}</span>
        <b>{count(stats.stored)} stored</b>
        <span class="second">
          {stats.usedBytes !== null && `${bytes(stats.usedBytes)} · `}
          {stats.newestAt === null ? (
            "nothing yet"
          ) : (
            <>
              newest <Time at={stats.newestAt} />
            </>
          )}
        </span>
      </div>
      <Lines size={shownSinks.length} reversed />
      {shownSinks.length === 0 ? (
        <p class="second">
          {sinks === undefined
            ? "This server doesn't say whether it forwards events."
            : "No sink: events are kept here and not forwarded."}
        </p>
      ) : (
        <ul aria-label="Sinks">
          {shownSinks.map((sink) => (
            <li class={sink.failure === null ? "box" : "box behind"} key={sink.name}>
              <span class="second">
                <Text>{sink.name}</Text>
              </span>
              <b>{count(sink.delivered)} confirmed</b>
              <span class="second">
                {count(sink.pending)} waiting
                {sink.oldestPendingAt !== null && (
                  <>
                    , oldest <Age at={sink.oldestPendingAt} />
                  </>
                )}
              </span>
              <Icon name={sink.failure === null ? "ok" : "waiting"} tone={sink.failure === null ? "ok" : "warn"} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function SourceBox({ source }: { readonly source: SourceStats }) {
  return (
    <li class="box">
      <span class="second">
        {sourceName(source.source)}
        {source.clusterId !== null && (
          <>
            , <Text cut={24}>{source.clusterId}</Text>
          </>
        )}
      </span>
      <b>{count(source.stored)} stored</b>
      <span class="second">
        last <Age at={source.lastReceivedAt} /> ago{tellsTooLittle(source) && " · tells no outcome"}
      </span>
      {tellsTooLittle(source) && <Icon name="nodata" tone="off" />}
    </li>
  );
}

/** From each box of one side to the middle. */
function Lines({ size, reversed = false }: { readonly size: number; readonly reversed?: boolean }) {
  return (
    <div class="flow-lines" aria-hidden="true">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none">
        {Array.from({ length: size }, (_, index) => {
          const y = (100 * (index + 0.5)) / size;
          const path = reversed ? `M0 50C50 50 50 ${y} 100 ${y}` : `M0 ${y}C50 ${y} 50 50 100 50`;
          return <path key={path} d={path} vector-effect="non-scaling-stroke" />;
        })}
      </svg>
    </div>
  );
}
