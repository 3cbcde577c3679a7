import { describe } from "vitest";
import { names, register, sync } from "./fleet.js";
import { rule } from "./rule.js";
import { Timeline } from "./timeline.js";

const prod = { cluster: "prod" } as const;
const low = { name: "LowSyncSuccessRate", severity: "critical", ...prod } as const;
const failing = (repo: string) =>
  ({ name: "AlumiiniRepoSyncFailing", severity: "warning", ...prod, repo_name: repo }) as const;
const stale = (repo: string) => ({ name: "AlumiiniSyncStale", severity: "warning", ...prod, repo_name: repo }) as const;
const burn = (severity: string) =>
  ({ name: "AlumiiniSLOErrorBudgetBurn", severity, ...prod, slo: "sync-success" }) as const;

/** These tests are about outcomes; without the histograms promtool is done in a fraction of the time. */
const leaveOut = /_duration_/;

/** Queries for how often an alert alone fires at some minutes: other tests say which others go with it. */
function firingCounts(name: string, counts: readonly (readonly [atMinutes: number, count: number])[]) {
  const expr = `count(ALERTS{alertname="${name}", alertstate="firing"}) or vector(0)`;
  return counts.map(([atMinutes, value]) => ({ atMinutes, expr, value }));
}

describe("LowSyncSuccessRate", () => {
  rule("is quiet while all succeed, and while one sync in a hundred fails", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    const repositories = names(10);
    register(replica, repositories);
    await timeline.run(60, (minute) => {
      for (const [index, name] of repositories.entries()) sync(replica, name, { ok: minute % 10 !== 0 || index > 0 });
    });
    return {
      timeline,
      leaveOut,
      firing: [
        { atMinutes: 8, alerts: [] },
        { atMinutes: 59, alerts: [] },
      ],
    };
  });

  rule("is quiet, as all success alerts are, while rollouts cancel every other sync", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, names(10));
    await timeline.run(120, (minute) => {
      for (const name of names(10)) sync(replica, name, { cancelled: minute % 2 === 0 });
    });
    return {
      timeline,
      leaveOut,
      firing: [
        { atMinutes: 20, alerts: [] },
        { atMinutes: 119, alerts: [] },
      ],
    };
  });

  rule("fires when one in ten fails, 5 minutes later, and ends with the failures", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, names(10));
    const minute = (failures: number) => () => {
      for (const [index, name] of names(10).entries()) sync(replica, name, { ok: index >= failures });
    };
    await timeline.run(30, minute(0));
    await timeline.run(20, minute(1));
    await timeline.run(30, minute(0));
    return {
      timeline,
      leaveOut,
      firing: [
        { atMinutes: 33, alerts: [] },
        { atMinutes: 45, alerts: [low] },
        // A budget of 1 % is still burnt by the failures of the last hours.
        { atMinutes: 75, alerts: [burn("warning")] },
      ],
    };
  });

  for (const [state, missing] of [
    ["at 0", undefined],
    ["absent", /outcome="success"/],
  ] as const) {
    rule(`fires when every sync fails, with the success series ${state}`, async () => {
      const timeline = new Timeline();
      const replica = timeline.start();
      register(replica, names(3));
      await timeline.run(30, () => names(3).forEach((name) => void sync(replica, name, { ok: false })));
      const alerts = [low, burn("critical"), burn("warning"), ...names(3).map(failing)];
      return { timeline, firing: [{ atMinutes: 25, alerts }], ...(missing && { leaveOut: missing }) };
    });
  }

  rule("fires for syncs every ten minutes that all fail, and stays", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, ["app-1"]);
    await timeline.run(60, (minute) => minute % 10 === 0 && sync(replica, "app-1"));
    await timeline.run(120, (minute) => minute % 10 === 0 && sync(replica, "app-1", { ok: false }));
    const burning = [burn("critical"), burn("warning")];
    return {
      timeline,
      firing: [
        { atMinutes: 59, alerts: [] },
        { atMinutes: 95, alerts: [low, burn("critical"), failing("app-1")] },
        { atMinutes: 104, alerts: [low, ...burning, failing("app-1")] },
        { atMinutes: 179, alerts: [low, ...burning, failing("app-1"), stale("app-1")] },
      ],
    };
  });

  rule("stays for syncs that come a little less than once an hour", async () => {
    const timeline = new Timeline(60);
    const replica = timeline.start();
    register(replica, ["app-1"]);
    await timeline.run(190, (step) => step > 0 && step % 31 === 0 && sync(replica, "app-1", { ok: false }));
    const counts = [50, 100, 122, 124, 126, 184, 188].map((atMinutes) => [atMinutes, atMinutes > 50 ? 1 : 0] as const);
    return { timeline, leaveOut, firing: [], queries: firingCounts("LowSyncSuccessRate", counts) };
  });

  rule("is quiet over a single failure among syncs every ten minutes", async () => {
    const timeline = new Timeline(60);
    const replica = timeline.start();
    register(replica, ["app-1"]);
    await timeline.run(540, (step) => step % 5 === 0 && sync(replica, "app-1", { ok: step !== 250 }));
    return {
      timeline,
      leaveOut,
      firing: [
        { atMinutes: 502, alerts: [] },
        { atMinutes: 508, alerts: [] },
        { atMinutes: 530, alerts: [] },
      ],
    };
  });

  rule("is quiet without traffic; a hung controller shows otherwise", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, ["app-1"]);
    await timeline.run(10, () => sync(replica, "app-1"));
    replica.telemetry.emit("sync_started", { repoName: "app-1", namespace: "team-a", trigger: "poll" });
    await timeline.run(120);
    const stuck = { name: "AlumiiniSyncStuck", severity: "warning", ...prod, repo_name: "app-1" } as const;
    return {
      timeline,
      firing: [
        { atMinutes: 24, alerts: [] },
        { atMinutes: 40, alerts: [stuck] },
        { atMinutes: 100, alerts: [stuck, stale("app-1")] },
      ],
    };
  });

  rule("sees the first failures of repositories: their series begin at 0", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, names(3));
    await timeline.run(10);
    for (const name of names(3)) sync(replica, name, { ok: false });
    await timeline.run(20);
    return { timeline, firing: [{ atMinutes: 20, alerts: [low, burn("critical")] }] };
  });

  rule("is quiet over a counter that starts again", async () => {
    const timeline = new Timeline();
    for (let restart = 0; restart < 4; restart++) {
      const replica = timeline.start();
      register(replica, names(5));
      await timeline.run(15, (minute) => names(5).forEach((name) => void (minute > 0 && sync(replica, name))));
      replica.stop();
    }
    return { timeline, firing: [16, 20, 32, 46, 59].map((atMinutes) => ({ atMinutes, alerts: [] })) };
  });

  rule("tells which installation it is, and says so of no other", async () => {
    const timeline = new Timeline();
    const [good, bad] = [timeline.start(), timeline.start({ target: { cluster: "staging" } })];
    for (const replica of [good, bad]) register(replica, names(5));
    await timeline.run(30, () => {
      for (const name of names(5)) {
        sync(good, name);
        sync(bad, name, { ok: name !== "app-1" });
      }
    });
    const staging = { cluster: "staging" } as const;
    const alerts = [
      { ...low, ...staging },
      { ...failing("app-1"), ...staging },
    ];
    const burning = [burn("critical"), burn("warning")].map((alert) => ({ ...alert, ...staging }));
    return { timeline, firing: [{ atMinutes: 25, alerts: [...alerts, ...burning] }] };
  });
});

describe("AlumiiniRepoSyncFailing", () => {
  rule("shows the one repository of thirty that is broken", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, names(30));
    await timeline.run(60, (minute) => {
      if (minute % 5 !== 1) return;
      for (const name of names(30)) sync(replica, name, { ok: name !== "app-7" });
    });
    return {
      timeline,
      leaveOut,
      firing: [
        { atMinutes: 9, alerts: [] },
        { atMinutes: 50, alerts: [failing("app-7"), burn("warning")] },
      ],
    };
  });

  rule("stays for syncs every 11 minutes, of which half an hour holds now two and now three", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, ["app-1"]);
    await timeline.run(120, (minute) => minute > 0 && minute % 11 === 0 && sync(replica, "app-1", { ok: false }));
    return {
      timeline,
      leaveOut,
      firing: [],
      queries: firingCounts("AlumiiniRepoSyncFailing", [
        [30, 0],
        [37, 1],
        [75, 1],
        [76, 1],
        [86, 1],
        [87, 1],
        [97, 1],
        [98, 1],
        [119, 1],
      ]),
    };
  });

  rule("is quiet where a success is among the failures", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, ["app-1", "app-2"]);
    await timeline.run(120, (minute) => {
      sync(replica, "app-2");
      if (minute % 5 === 0) sync(replica, "app-1", { ok: minute % 20 === 0 });
    });
    return { timeline, firing: [{ atMinutes: 70, alerts: [burn("critical"), burn("warning"), low] }] };
  });
});
