import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Deployment,
  type FinishedSync,
  foldDeployments,
  withRolledBackRollouts,
} from "../../src/dora/deployments.js";

/** `A`: succeeded with revision A. `A!`: failed after changing something. `A-`: failed before. `A?`: nothing tells. */
function story(text: string, more: Partial<FinishedSync> = {}): FinishedSync[] {
  return text.split(" ").map((word, index): FinishedSync => {
    const [revision = "", mark = ""] = [word[0], word[1]];
    return {
      cluster: "c",
      namespace: "n",
      repo: "r",
      environment: null,
      sync: `s${index}`,
      event_id: `e${index}`,
      ended_at: index * 1_000,
      outcome: mark === "" ? "succeeded" : "failed",
      error_type: mark === "" ? null : "apply_error",
      revision: revision === "_" ? null : revision,
      previous_revision: null,
      touched: mark === "!" ? true : mark === "-" ? false : null,
      rework: null,
      rollback: false,
      committed_at: null,
      rollout_ref: null,
      trigger_by: "poll",
      ...more,
    };
  });
}

/** `3B rolled_back 4`: at second 3, B was deployed; it failed, rolled back, and had recovered at second 4. */
function told({ at, revision, failure, isRollback, isRepair }: Deployment): string {
  const failed =
    failure === null ? "" : ` ${failure.reason} ${failure.recoveredAt === null ? "open" : failure.recoveredAt / 1_000}`;
  return `${at / 1_000}${revision}${isRollback ? " rollback" : ""}${isRepair ? " repair" : ""}${failed}`;
}

describe("deployments, from the syncs of one repository", () => {
  // By hand: syncs, then the deployments, then what is left out.
  const table: [string, string[], string[]][] = [
    ["A", ["0A"], []],
    ["A A A", ["0A"], ["heartbeat", "heartbeat"]],
    ["A B C", ["0A", "1B", "2C"], []],
    ["A B A", ["0A", "1B rolled_back 2", "2A rollback"], []],
    ["A B C A", ["0A", "1B", "2C rolled_back 3", "3A rollback"], []],
    ["A B A C", ["0A", "1B rolled_back 2", "2A rollback", "3C"], []],
    ["A B! B", ["0A", "1B failed_after_change 2"], ["retry"]],
    ["A B! B! B! B", ["0A", "1B failed_after_change 4"], ["retry", "retry", "retry"]],
    ["A B! C", ["0A", "1B failed_after_change 2", "2C repair"], []],
    ["A B! A", ["0A", "1B failed_after_change 2"], ["heartbeat"]],
    ["A B! C! C D", ["0A", "1B failed_after_change 3", "2C failed_after_change 3", "4D"], ["retry"]],
    ["A B- B- B", ["0A", "3B"], ["failed_before_change", "failed_before_change"]],
    ["A B- A", ["0A"], ["failed_before_change", "heartbeat"]],
    ["A A! A", ["0A"], ["failed_at_same_revision", "heartbeat"]],
    ["A B? B? B", ["0A", "3B"], ["unknown_whether_changed", "retry"]],
    ["A B? B! B", ["0A", "2B failed_after_change 3"], ["unknown_whether_changed", "retry"]],
    ["A B!", ["0A", "1B failed_after_change open"], []],
    ["A _ B", ["0A", "2B"], ["revision_unknown"]],
    ["A B! _ C", ["0A", "1B failed_after_change 2", "3C"], ["revision_unknown"]],
    ["_", [], ["revision_unknown"]],
    ["B! B", ["0B failed_after_change 1"], ["retry"]],
  ];

  it.each(table)("%s", (text, deployments, leftOut) => {
    const folded = foldDeployments(story(text));
    expect(folded.deployments.map(told)).toEqual(deployments);
    expect(folded.leftOut.map(({ reason }) => reason)).toEqual(leftOut);
  });

  it("do not depend on the order in which syncs are given", () => {
    const syncs = story("A B! B C A D? D! D E- E A A! _ F");
    const expected = foldDeployments(syncs);
    fc.assert(
      fc.property(fc.shuffledSubarray(syncs, { minLength: syncs.length }), (shuffled) => {
        expect(foldDeployments(shuffled)).toEqual(expected);
      }),
    );
  });

  it("believe a previous revision that the source tells", () => {
    const [first, second] = story("A C");
    const missed = { ...(second ?? never()), previous_revision: "C" };
    expect(foldDeployments([first ?? never(), missed]).deployments.map(told)).toEqual(["0A"]);
    const [lonely] = story("B");
    expect(foldDeployments([{ ...(lonely ?? never()), previous_revision: "A" }]).deployments).toHaveLength(1);
    // A controller that starts tells what runs.
    expect(foldDeployments(story("A", { trigger_by: "startup" })).deployments).toEqual([]);
  });

  it("go on from what ran at the retention's cutoff", () => {
    const folded = foldDeployments(story("B A"), { revision: "B", seen: ["A", "B"] });
    expect(folded.deployments.map(told)).toEqual(["1A rollback"]);
    expect(folded.leftOut.map(({ reason }) => reason)).toEqual(["heartbeat"]);
  });

  it("fail once where their rollout was rolled back, however often that is told", () => {
    // Clocks differ by seconds: here syncs are minutes apart.
    const syncs = story("A B C", { rollout_ref: "shop/api" }).map((sync) => ({
      ...sync,
      ended_at: sync.ended_at * 60,
    }));
    const folded = foldDeployments(syncs);
    const { deployments, leftOut: twice } = withRolledBackRollouts(folded.deployments, [
      { ref: "shop/api", run: "u1 1", at: 90_000, eventId: "k1" },
      { ref: "shop/api", run: "u1 1", at: 91_000, eventId: "k1 again" },
      { ref: "shop/api", run: "u1 2", at: 96_000, eventId: "k2" },
      { ref: "other/api", run: "u2 1", at: 96_000, eventId: "k3" },
    ]);
    // What is remembered stays as it is.
    expect(folded.deployments.every(({ failure }) => failure === null)).toBe(true);
    expect(deployments.map(told)).toEqual(["0A", "60B rollout_rolled_back 90", "120C"]);
    expect(twice).toMatchObject([{ reason: "reported_twice", eventId: "k2" }]);
  });
});

function never(): never {
  throw new Error("no such sync");
}
