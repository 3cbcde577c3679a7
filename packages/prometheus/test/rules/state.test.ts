import { describe } from "vitest";
import { names, register, sync } from "./fleet.js";
import { rule } from "./rule.js";
import { Timeline } from "./timeline.js";

const prod = { severity: "warning", cluster: "prod" } as const;
const stale = { name: "AlumiiniSyncStale", ...prod, repo_name: "app-1" } as const;
const stuck = { name: "AlumiiniSyncStuck", ...prod, repo_name: "app-1" } as const;
const absent = { name: "AlumiiniMetricsAbsent", severity: "critical" } as const;

describe("AlumiiniSyncStale", () => {
  rule("fires an hour after the last success, for that repository alone", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, names(2));
    await timeline.run(130, (minute) => {
      if (minute <= 10 && minute > 0) sync(replica, "app-1");
      sync(replica, "app-2");
    });
    return {
      timeline,
      firing: [
        { atMinutes: 60, alerts: [] },
        { atMinutes: 80, alerts: [stale] },
      ],
    };
  });

  rule("fires for a registered repository that never synced", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, ["app-1"]);
    await timeline.run(90);
    return {
      timeline,
      firing: [
        { atMinutes: 55, alerts: [] },
        { atMinutes: 75, alerts: [stale] },
      ],
    };
  });

  rule("is quiet over a change of leader, which knows one repository less", async () => {
    const timeline = new Timeline();
    const first = timeline.start({ target: { instance: "pod-1" } });
    first.telemetry.measure("leadership", { leader: true });
    register(first, names(2));
    await timeline.run(60, (minute) => minute % 5 === 1 && names(2).forEach((name) => void sync(first, name)));
    first.telemetry.measure("leadership", { leader: false });
    const second = timeline.start({ target: { instance: "pod-2" } });
    second.telemetry.measure("leadership", { leader: true });
    register(second, ["app-2"]);
    await timeline.run(130, (minute) => minute % 5 === 1 && sync(second, "app-2"));
    return { timeline, firing: [62, 90, 130, 185].map((atMinutes) => ({ atMinutes, alerts: [] })) };
  });

  rule("is quiet for a repository that was removed", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, names(2));
    await timeline.run(100, (minute) => {
      sync(replica, "app-2");
      if (minute < 20) sync(replica, "app-1");
      if (minute === 20) replica.prometheus.removeRepository("app-1");
    });
    return { timeline, firing: [{ atMinutes: 95, alerts: [] }] };
  });

  rule("is quiet over restarts that forget the last success", async () => {
    const timeline = new Timeline();
    for (let restart = 0; restart < 3; restart++) {
      const replica = timeline.start({ target: { instance: `pod-${restart}` } });
      register(replica, ["app-1"]);
      await timeline.run(40, (minute) => minute % 10 === 9 && sync(replica, "app-1"));
      replica.stop();
    }
    return { timeline, firing: [45, 65, 86, 110].map((atMinutes) => ({ atMinutes, alerts: [] })) };
  });

  rule("is quiet over crashes every half hour, with a success between them", async () => {
    const timeline = new Timeline();
    for (let crash = 0; crash < 4; crash++) {
      const replica = timeline.start();
      register(replica, ["app-1"]);
      await timeline.run(30, (minute) => minute === 12 && sync(replica, "app-1"));
      replica.stop();
    }
    return { timeline, firing: [68, 71, 98, 101].map((atMinutes) => ({ atMinutes, alerts: [] })) };
  });

  rule("fires an hour after the last success, also where another replica has taken over since, and stays", async () => {
    const timeline = new Timeline();
    const first = timeline.start({ target: { instance: "pod-1" } });
    register(first, ["app-1"]);
    await timeline.run(50, (minute) => minute === 1 && sync(first, "app-1"));
    first.stop();
    await timeline.run(2);
    register(timeline.start({ target: { instance: "pod-2" } }), ["app-1"]);
    await timeline.run(80);
    return {
      timeline,
      firing: [
        { atMinutes: 60, alerts: [] },
        ...[70, 90, 111, 114, 125].map((atMinutes) => ({ atMinutes, alerts: [stale] })),
      ],
    };
  });
});

describe("AlumiiniNoLeader", () => {
  rule("fires for all together when nobody leads", async () => {
    const timeline = new Timeline();
    const [first, second] = ["pod-1", "pod-2"].map((instance) => timeline.start({ target: { instance } }));
    first?.telemetry.measure("leadership", { leader: true });
    second?.telemetry.measure("leadership", { leader: false });
    await timeline.run(60, (minute) => void (first && minute % 5 === 1 && sync(first, "app-1")));
    first?.telemetry.measure("leadership", { leader: false });
    await timeline.run(90);
    return {
      timeline,
      firing: [
        { atMinutes: 70, alerts: [] },
        { atMinutes: 78, alerts: [{ name: "AlumiiniNoLeader", severity: "critical", cluster: "prod" }] },
      ],
    };
  });
});

describe("AlumiiniSyncStuck", () => {
  rule("fires for a sync that hangs, and for none that is merely slow or idle", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    register(replica, names(3));
    const begin = (repoName: string) =>
      replica.telemetry.emit("sync_started", { repoName, namespace: "team-a", trigger: "poll", syncId: "1" });
    await timeline.run(2);
    for (const name of names(2)) begin(name);
    await timeline.run(14);
    replica.telemetry.emit("sync_completed", {
      repoName: "app-2",
      namespace: "team-a",
      trigger: "poll",
      syncId: "1",
      durationMs: 840_000,
    });
    await timeline.run(20);
    // That app-2 took 14 minutes is another alert's affair.
    const leaveOut = /_duration_/;
    return {
      timeline,
      leaveOut,
      firing: [
        { atMinutes: 15, alerts: [] },
        { atMinutes: 24, alerts: [stuck] },
      ],
    };
  });
});

describe("AlumiiniMetricsAbsent", () => {
  rule("fires when there never was a target", async () => {
    const timeline = new Timeline();
    await timeline.run(20);
    return {
      timeline,
      firing: [
        { atMinutes: 3, alerts: [] },
        { atMinutes: 15, alerts: [absent] },
      ],
    };
  });

  rule("fires when the target vanishes, and is quiet while it is there", async () => {
    const timeline = new Timeline();
    const replica = timeline.start();
    await timeline.run(20);
    replica.stop();
    await timeline.run(100);
    // Once: not of the installation, and of everything besides.
    const alerts = [{ ...absent, cluster: "prod" }];
    return {
      timeline,
      firing: [
        { atMinutes: 19, alerts: [] },
        { atMinutes: 30, alerts },
        { atMinutes: 119, alerts },
      ],
    };
  });

  rule("fires for one installation among several", async () => {
    const timeline = new Timeline();
    timeline.start();
    const staging = timeline.start({ target: { cluster: "staging" } });
    await timeline.run(20);
    staging.stop();
    await timeline.run(100);
    const alerts = [{ ...absent, cluster: "staging" }];
    return { timeline, firing: [30, 119].map((atMinutes) => ({ atMinutes, alerts })) };
  });

  rule("is quiet while a replica is replaced", async () => {
    const timeline = new Timeline();
    const first = timeline.start({ target: { instance: "pod-1" } });
    await timeline.run(70);
    first.stop();
    await timeline.run(3);
    timeline.start({ target: { instance: "pod-2" } });
    await timeline.run(30);
    return { timeline, firing: [72, 78, 100].map((atMinutes) => ({ atMinutes, alerts: [] })) };
  });
});
