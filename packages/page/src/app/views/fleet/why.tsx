import type { FleetAnswer, FleetRow } from "@alumiini/history";
import { serverNow, ticks } from "../../api/clock.js";
import { useStore } from "../../api/store.js";
import { href } from "../../frame/route.js";
import { NoValue, Text, Time } from "../../parts/text.js";
import { plural } from "../../words/numbers.js";
import { sourceName } from "../../words/states.js";
import { age } from "../../words/times.js";

/** Why a repository is in its state. */
export function Why({ row, answer }: { readonly row: FleetRow; readonly answer: FleetAnswer }) {
  useStore(ticks);
  const { code, errorType, errorMessage, resourceKey, trigger } = row.why;
  const error = (
    <>
      {errorType !== null && (
        <code class="error-type">
          <Text cut={32}>{errorType}</Text>
        </code>
      )}{" "}
      {errorMessage !== null && <Text>{errorMessage.slice(0, 240)}</Text>}
    </>
  );
  switch (code) {
    case "sync_failed":
    case "sync_timed_out":
      return (
        <div class="clip">
          {errorType === null && errorMessage === null
            ? code === "sync_failed"
              ? "Failed; no error was reported"
              : "Timed out; no error was reported"
            : error}
        </div>
      );
    case "under_way_too_long":
      return (
        <div class="clip second-text">
          Syncing for {row.syncStartedAt === null ? "too long" : age(serverNow() - row.syncStartedAt)}; longer than{" "}
          {age(answer.stuckAfterSeconds * 1000)} counts as stuck
        </div>
      );
    case "drift_open":
      return (
        <div class="clip second-text">
          {resourceKey === null ? plural(row.driftedResources, "object") : <Text>{resourceKey}</Text>}
          {resourceKey !== null &&
            row.driftedResources > 1 &&
            ` and ${plural(row.driftedResources - 1, "more object")}`}{" "}
          {row.driftedResources > 1 ? "differ" : "differs"} from git, not corrected
        </div>
      );
    case "no_recent_success":
      return (
        <div class="clip second-text">
          No successful sync for{" "}
          {row.lastSuccessAt === null ? "as long as it is known" : age(serverNow() - row.lastSuccessAt)}; limit{" "}
          {age(answer.staleAfterSeconds * 1000)}
        </div>
      );
    case "no_outcome_seen":
      // What controllers report of no repository, because they could not tell or would not believe which.
      if (row.repoName === "unknown" && row.namespace === "unknown")
        return <div class="clip second-text">Events that name no repository, such as webhooks that were refused</div>;
      return (
        <div class="clip second-text">
          No outcome seen from {sourceName(row.source)}. <a href={href("delivery")}>What to do</a>
        </div>
      );
    case "suspended":
      return (
        <div class="clip second-text">
          Suspended
          {row.suspendedAsOf !== null && (
            <>
              , as read <Time at={row.suspendedAsOf} />
            </>
          )}
          {errorType !== null && <>; before that {error}</>}
        </div>
      );
    case "under_way":
      return <div class="clip second-text">{trigger === null ? "Under way" : `Started by ${trigger}`}</div>;
    case "healthy":
      return <NoValue why="nothing to say" />;
  }
}
