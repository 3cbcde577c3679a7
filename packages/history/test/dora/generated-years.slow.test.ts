import { seeded } from "@alumiini-internal/test-support/seeded";
import { describe, expect, it } from "vitest";
import { percentile } from "../../src/dora/measures.js";
import { NO_PROJECTOR } from "../store/sample.js";
import { duckdbHistory } from "../support/histories.js";
import { asCdevents, DAY, HOUR, MINUTE, START, wire } from "../support/sample-events.js";

/** What really happened, written down by the generator when it happens. */
interface Truth {
  readonly at: number;
  leadTime: number | null;
  isChange: boolean;
  failed: boolean;
  recovery: number | "open" | null;
  rework: boolean;
}

interface Year {
  readonly events: unknown[];
  readonly truth: Truth[];
  readonly outage: { readonly since: number; readonly until: number } | null;
  /** Successes that name no revision, and failures of which nothing tells whether they changed something. */
  readonly unknownRevisions: number;
  readonly unknownChanges: number;
}

const END = START + 365 * DAY;

function makeYear(seed: number): Year {
  const random = seeded(seed);
  const pick = (least: number, most: number) => Math.floor(least + random() * (most - least));
  const outage = random() < 0.6 ? { since: START + 100 * DAY, until: START + (100 + pick(2, 20)) * DAY } : null;
  const events: unknown[] = [];
  const truth: Truth[] = [];
  let unknownRevisions = 0;
  let unknownChanges = 0;
  let made = 0;

  for (let index = 0; index < pick(1, 4); index++) {
    const repo = `repo-${index}`;
    const tellsPrevious = random() < 0.5;
    const tellsStart = random() < 0.7;
    const skew = pick(-3_000, 3_000);
    let revision: string | null = null;
    let running: Truth | undefined;
    const history: string[] = [];
    let at = START + pick(1, 48) * HOUR;

    const sync = (
      outcome: "ok" | "touched" | "untouched" | "unclear",
      to: string | null,
      committedAt: number | null,
    ) => {
      const id = `${repo}-${++made}`;
      const ended = at;
      const common = {
        repo_name: repo,
        commit: to,
        attributes: {
          "alumiini.sync.id": id,
          ...(tellsPrevious && revision !== null && { "alumiini.repo.previous_commit": revision }),
          ...(committedAt !== null && { "alumiini.repo.committed_at": committedAt }),
        },
      };
      if (tellsStart)
        events.push(
          wire("sync_started", ended - 20_000 + skew, { repo_name: repo, attributes: { "alumiini.sync.id": id } }),
        );
      events.push(
        outcome === "ok"
          ? wire("sync_completed", ended, { ...common, duration_ms: 20_000 })
          : wire("sync_failed", ended, {
              ...common,
              duration_ms: 20_000,
              error_type: "apply_error",
              resources_applied: outcome === "touched" ? 3 : outcome === "untouched" ? 0 : null,
            }),
      );
      return ended;
    };
    const newRevision = () => `${(seed * 1000 + index * 100).toString(16)}${(++made).toString(16).padStart(8, "0")}`;
    const commitTime = () => (random() < 0.85 ? at - pick(1, 72) * HOUR : null);
    const record = (entry: Partial<Truth>): Truth => {
      const all = { at, leadTime: null, isChange: true, failed: false, recovery: null, rework: false, ...entry };
      truth.push(all);
      return all;
    };
    const runs = (to: string, entry: Truth) => {
      if (revision !== null && revision !== to) history.push(revision);
      revision = to;
      running = entry;
    };

    while (at < END - 3 * DAY) {
      // Nothing is heard while the history does not run: the repository's next word comes later.
      if (outage !== null && at > outage.since - DAY && at < outage.until) {
        at = outage.until + pick(1, 48) * HOUR;
        continue;
      }
      const dice = random();
      if (dice < 0.45 || revision === null) {
        const to = newRevision();
        const committedAt = commitTime();
        sync("ok", to, committedAt);
        runs(to, record({ leadTime: committedAt === null ? null : at - committedAt }));
      } else if (dice < 0.65) {
        sync("ok", revision, null);
      } else if (dice < 0.72 && history.length > 0 && running !== undefined && !running.failed) {
        // Back to a revision that ran before: what ran until now had failed.
        const to: string = history[pick(0, history.length)] ?? "";
        if (to !== "" && to !== revision) {
          const bad: Truth = running;
          sync("ok", to, null);
          bad.failed = true;
          bad.recovery = at - bad.at;
          runs(to, record({ isChange: false, rework: true }));
        }
      } else if (dice < 0.8) {
        for (let tries = pick(1, 4); tries > 0; tries--, at += 10 * MINUTE) sync("untouched", newRevision(), null);
      } else if (dice < 0.94) {
        const to = newRevision();
        const failedAt = sync("touched", to, null);
        const entry = record({ failed: true, recovery: "open", leadTime: null, isChange: false });
        for (let tries = pick(0, 3); tries > 0; tries--) {
          at += 10 * MINUTE;
          sync("touched", to, null);
        }
        at += pick(5, 300) * MINUTE;
        if (random() < 0.5) {
          // The same one, at last.
          const committedAt = commitTime();
          sync("ok", to, committedAt);
          entry.isChange = true;
          entry.leadTime = committedAt === null ? null : at - committedAt;
          runs(to, entry);
        } else {
          const repair = newRevision();
          const committedAt = commitTime();
          sync("ok", repair, committedAt);
          runs(repair, record({ rework: true, leadTime: committedAt === null ? null : at - committedAt }));
        }
        entry.recovery = at - failedAt;
        // Its time is that of the failure, also when it is rolled back later.
        if (running === entry) running = undefined;
      } else if (dice < 0.97) {
        sync("ok", null, null);
        unknownRevisions++;
      } else {
        sync("unclear", newRevision(), null);
        unknownChanges++;
      }
      at += pick(1, 60) * HOUR;
    }
  }
  // Duplicates, other forms of the same events, and any order.
  const again = events.filter(() => random() < 0.05);
  const other = events.filter(() => random() < 0.05).flatMap((event) => asCdevents(event as ReturnType<typeof wire>));
  const all = [...events, ...again, ...other];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return { events: all, truth, outage, unknownRevisions, unknownChanges };
}

describe("the five measures over generated years whose truth is known", () => {
  it.each(Array.from({ length: 50 }, (_, index) => index + 1))("year %i", async (seed) => {
    const { events, truth, outage, unknownRevisions, unknownChanges } = makeYear(seed);
    await using place = await duckdbHistory(END);
    await place.add(events);
    if (outage !== null) {
      const span = (from: number, to: number) => ({ kind: "store", source: "a", started_at: from, ended_at: to });
      await place.history.store.commit(
        {
          events: [],
          changes: [{ table: "spans", remove: [], append: [span(START, outage.since), span(outage.until, END)] }],
        },
        NO_PROJECTOR,
      );
    }
    const { measures, buckets, notObserved } = await place.history.dora({ since: START, until: END, by: "month" });

    const lost = outage === null ? 0 : outage.until - outage.since;
    expect(notObserved.filter(({ reason }) => reason === "not_recording")).toEqual(
      outage === null ? [] : [{ ...outage, reason: "not_recording", source: null }],
    );
    // The hours before the first event of all are not observed either.
    const silent = notObserved.filter(({ reason }) => reason === "source_silent");
    const before = silent.reduce((sum, { since, until }) => sum + until - since, 0);
    const days = (365 * DAY - lost - before) / DAY;
    const n = truth.length;
    expect(measures.deploymentFrequency.value).toBeCloseTo(n / days, 9);
    expect(measures.deploymentFrequency.coverage.observed).toBeCloseTo(days / 365, 9);

    const changes = truth.filter(({ isChange }) => isChange);
    const leadTimes = sorted(changes.flatMap(({ leadTime }) => leadTime ?? []));
    expect(measures.changeLeadTime).toMatchObject({
      value: percentile(leadTimes, 0.5),
      p90: percentile(leadTimes, 0.9),
      coverage: { known: leadTimes.length, total: changes.length },
    });

    const failed = truth.filter((each) => each.failed);
    expect(measures.changeFailRate.value).toBe(n === 0 ? null : failed.length / n);
    expect(measures.changeFailRate.coverage).toMatchObject({ known: n, total: n + unknownChanges });
    expect(measures.changeFailRate.evidence.ids).toHaveLength(failed.length);

    const recoveries = failed.filter(({ at, recovery }) => {
      const end = typeof recovery === "number" ? at + recovery : at;
      return typeof recovery === "number" && !(outage !== null && at < outage.until && end > outage.since);
    });
    expect(measures.failedDeploymentRecoveryTime).toMatchObject({
      value: percentile(
        sorted(recoveries.flatMap(({ recovery }) => (typeof recovery === "number" ? recovery : []))),
        0.5,
      ),
      coverage: { known: recoveries.length, total: failed.length },
    });
    if (failed.length === 0) expect(measures.failedDeploymentRecoveryTime.value).toBeNull();

    const rework = truth.filter((each) => each.rework).length;
    expect(measures.deploymentReworkRate.value).toBe(n === 0 ? null : rework / n);

    const missing = measures.deploymentFrequency.evidence.missing.find(({ reason }) => reason === "revision_unknown");
    expect(missing?.count ?? 0).toBe(unknownRevisions);
    expect(buckets.reduce((sum, { deployments }) => sum + deployments, 0)).toBe(n);
  });
});

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

describe("sampling", () => {
  it("of what no measure counts leaves all five measures as they are", async () => {
    const { events } = makeYear(7);
    const heartbeats = Array.from({ length: 400 }, (_, index) =>
      wire("git_fetched", START + 2 * DAY + index * HOUR, { repo_name: "repo-0", duration_ms: 20 }),
    );
    // Nine of ten by id, as a sampler in front of the history does it.
    const kept = heartbeats.filter(({ id }) => Number(id.slice(-4)) % 10 === 0);
    expect(kept.length).toBeLessThan(60);
    const answers: unknown[] = [];
    for (const more of [heartbeats, kept]) {
      await using place = await duckdbHistory(END);
      await place.add([...events, ...more]);
      const { measures, buckets } = await place.history.dora({ since: START, until: END, by: "month" });
      answers.push({ measures, buckets });
    }
    expect(answers[1]).toEqual(answers[0]);
  });
});
