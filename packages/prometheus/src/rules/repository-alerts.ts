import { type Alert, spell } from "./alert.js";
import type { Query } from "./promql.js";
import { BAD_SYNCS, GOOD_SYNCS, LAST_SUCCESS, RECOVERIES } from "./recorded.js";
import type { Slos } from "./slos.js";

/** What one repository suffers from, by its name: no rate over a fleet shows one of five thousand. */
export function repositoryAlerts(query: Query, slos: Slos): readonly Alert[] {
  return [
    failing(query, slos),
    flapping(query, slos),
    stale(query, slos),
    stuck(query, slos),
    outOfSync(query, slos),
    drift(query, slos),
  ];
}

/** Whose reconciliation is suspended, or was until `within` ago: nobody expects anything of it. */
function suspended(query: Query, within?: string): string {
  const gauge = query.select("alumiini_repository_suspended");
  return `max ${query.byRepository()} (${within === undefined ? gauge : `max_over_time(${gauge}[${within}])`}) == 1`;
}

function failing(query: Query, { failingSyncs }: Slos): Alert {
  // The shortest of these in which enough failed, and nothing succeeded: half an hour for polls every few minutes,
  // four hours for hourly ones.
  const windows = ["30m", "1h", "2h", "4h"];
  const failed = (window: string) => `round(${query.count(BAD_SYNCS, window)}) >= ${failingSyncs}`;
  const succeeded = (window: string) => `${query.count(GOOD_SYNCS, window)} > 0.5`;
  const firing = `max ${query.byRepository()} (ALERTS{alertname="AlumiiniRepoSyncFailing",alertstate="firing"})`;
  return {
    name: "AlumiiniRepoSyncFailing",
    // A repository that fails beside another of its name has the worse one's gauge of the last success. Who fires stays until
    // a sync succeeds, for three failures are now in a window and now not. Who was removed has no gauge any more.
    expr: `(
${windows.map((window) => `  (${failed(window)} unless ${succeeded(window)})`).join("\n  or\n")}
  or
  (${failed("1h")} and time() - (${LAST_SUCCESS} > 0) > 3600)
  or
  (round(${query.count(BAD_SYNCS, "1d")}) >= 1 and ${firing} unless ${succeeded("30m")})
)
and (
  present_over_time(${LAST_SUCCESS}[10m])
  or present_over_time(${BAD_SYNCS}{repo_name="_other"}[4h])
)
unless ${suspended(query)}`,
    for: "1m",
    severity: "warning",
    summary: "Every sync of a repository fails",
    description: `{{ $value }} syncs of ${query.repositoryName} failed in a row.`,
  };
}

/** Fails again and again, and succeeds in between: never three times in a row, so it is no failing one. */
function flapping(query: Query, { syncSuccess }: Slos): Alert {
  const failed = query.count(BAD_SYNCS, "4h");
  // What succeeded within an hour stands for four: every sample of four hours for ten thousand repositories costs too much.
  const tolerated = Number(((4 * (1 - syncSuccess.alertBelow)) / syncSuccess.alertBelow).toPrecision(3));
  return {
    name: "AlumiiniRepoSyncFlapping",
    // A recovery between two scrapes of five minutes' ends is not seen in each of the windows: four count as 3.2 or more.
    expr: `round(${failed})
unless ${failed} < ${tolerated} * ${query.count(GOOD_SYNCS, "1h")}
and ${query.count(RECOVERIES, "1d")} > 3.1
unless ${suspended(query)}`,
    for: "5m",
    keepFiringFor: "1h",
    severity: "warning",
    summary: "Syncs of a repository fail again and again",
    description: `{{ $value }} syncs of ${query.repositoryName} failed within four hours, and others succeeded in between.`,
  };
}

function stale(query: Query, { staleAfterSeconds }: Slos): Alert {
  const limit = spell(staleAfterSeconds);
  // Every sample of a day for ten thousand repositories is too many: where the limit is long, some of them do.
  const window = staleAfterSeconds > 7200 ? `[${limit}:${Math.ceil(staleAfterSeconds / 120)}s]` : `[${limit}]`;
  const failedInARow = `max ${query.byRepository()} (${query.select("alumiini_sync_consecutive_failures")})`;
  // The leader reports; the newest of all replicas counts. 0 means that no sync has succeeded since the start: then
  // what replicas that are gone have said counts, too. Who does not lead says nothing of any repository.
  // A single failure makes no repository stale that is synced once an hour: it has until the next.
  return {
    name: "AlumiiniSyncStale",
    expr: `(
  time() - (${LAST_SUCCESS} > 0) > ${staleAfterSeconds}
  or
  (
    ${LAST_SUCCESS} == 0
    and present_over_time(${LAST_SUCCESS}${window} offset ${limit})
    unless time() - max_over_time(${LAST_SUCCESS}${window}) <= ${staleAfterSeconds}
  )
)
unless (${query.count(BAD_SYNCS, "70m")} > 0.5 and ${failedInARow} == 1)
unless ${suspended(query, limit)}`,
    for: "5m",
    severity: "warning",
    summary: `No successful sync for ${limit}`,
    description: `${query.repositoryName} was not synced successfully for {{ $value | humanizeDuration }} (0s: not since the controller started).`,
  };
}

function stuck(query: Query, { stuckAfterSeconds }: Slos): Alert {
  const started = query.select("alumiini_sync_started_timestamp_seconds");
  return {
    name: "AlumiiniSyncStuck",
    expr: `time() - min ${query.byRepository()} (${started} > 0) > ${stuckAfterSeconds}`,
    for: "1m",
    severity: "warning",
    summary: `A sync has been under way for more than ${spell(stuckAfterSeconds)}`,
    description: `The sync of ${query.repositoryName} began {{ $value | humanizeDuration }} ago and has not ended.`,
  };
}

function outOfSync(query: Query, { outOfSyncAfterSeconds }: Slos): Alert {
  const limit = spell(outOfSyncAfterSeconds);
  const gauge = query.select("alumiini_repo_out_of_sync");
  const reported = 'ALERTS{alertname=~"AlumiiniRepoSyncFailing|AlumiiniSyncStale",alertstate="firing"}';
  return {
    name: "AlumiiniRepoOutOfSync",
    expr: `max ${query.byRepository()} (min_over_time(${gauge}[${limit}])) == 1
and max ${query.byRepository()} (${gauge} offset ${limit}) == 1
unless ${query.onRepository} ${reported}
unless ${suspended(query)}`,
    for: "5m",
    severity: "warning",
    summary: `A commit has not been deployed for ${limit}`,
    description: `git has a commit of ${query.repositoryName} that the cluster has not, though its syncs neither fail nor stop.`,
  };
}

function drift(query: Query, { outOfSyncAfterSeconds }: Slos): Alert {
  const limit = spell(outOfSyncAfterSeconds);
  const quarter = `${Math.ceil(outOfSyncAfterSeconds / 4)}s`;
  const found = (quarters: number) => {
    const offset = quarters === 0 ? "" : ` offset ${quarters * Math.ceil(outOfSyncAfterSeconds / 4)}s`;
    const increase = `increase(${query.select("alumiini_drift_detected_total")}[${quarter}]${offset})`;
    return `sum ${query.byRepository()} (${increase}) > 0`;
  };
  const drifted = query.select("alumiini_drifted_resources");
  return {
    name: "AlumiiniDriftPersists",
    // Drift that stays, and drift that is corrected and comes back: found in each quarter of the time.
    expr: `(
  (
    max ${query.byRepository()} (min_over_time(${drifted}[${limit}])) > 0
    and max ${query.byRepository()} (${drifted} offset ${limit}) > 0
  )
  or
  (${[0, 1, 2, 3].map(found).join(" and ")})
)
unless ${suspended(query)}`,
    for: "5m",
    keepFiringFor: "15m",
    severity: "warning",
    summary: `Drift has persisted for ${limit}`,
    description: `Objects of ${query.repositoryName} differ from git, or differ again after each correction ({{ $value | humanize }}).`,
  };
}
