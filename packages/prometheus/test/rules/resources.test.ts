import { describe } from "vitest";
import { names, register } from "./fleet.js";
import { rule } from "./rule.js";
import { Timeline } from "./timeline.js";

const prod = { severity: "warning", cluster: "prod" } as const;

describe("HighWorkerRestarts", () => {
  const alert = { name: "HighWorkerRestarts", ...prod, repo_name: "app-1" } as const;

  for (const [restarts, alerts] of [
    [3, []],
    [4, [alert]],
    [10_000, [alert]],
  ] as const) {
    rule(`${alerts.length === 0 ? "is quiet at" : "fires at"} ${restarts} restarts within the hour`, async () => {
      const timeline = new Timeline();
      const replica = timeline.start();
      register(replica, names(2));
      await timeline.run(70, (minute) => {
        const before = Math.floor((restarts * Math.max(0, minute - 5)) / 40);
        const now = Math.floor((restarts * Math.min(40, Math.max(0, minute - 4))) / 40);
        for (let count = Math.min(before, restarts); count < now; count++) {
          replica.telemetry.measure("worker_restart", { repoName: "app-1" });
        }
      });
      return { timeline, firing: [{ atMinutes: 55, alerts }] };
    });
  }

  rule("is quiet over the restart of the controller, which starts the counter again", async () => {
    const timeline = new Timeline();
    for (let process = 0; process < 3; process++) {
      const replica = timeline.start();
      register(replica, ["app-1"]);
      await timeline.run(15, (minute) => {
        if (minute === 5) replica.telemetry.measure("worker_restart", { repoName: "app-1" });
      });
      replica.stop();
    }
    return { timeline, firing: [{ atMinutes: 44, alerts: [] }] };
  });
});

describe("LowCacheHitRate", () => {
  const alert = (cache: string) => ({ name: "LowCacheHitRate", ...prod, cache_name: cache }) as const;

  async function access(caches: Readonly<Record<string, readonly ("hit" | "miss")[]>>, every = 1): Promise<Timeline> {
    const timeline = new Timeline();
    const { telemetry } = timeline.start();
    await timeline.run(130, (minute) => {
      if (minute % every !== 0) return;
      for (const [cacheName, results] of Object.entries(caches)) {
        for (const result of results) telemetry.measure("cache_access", { cacheName, result });
      }
    });
    return timeline;
  }

  rule("fires for a cache that never hits, with the series of hits at 0", async () => ({
    timeline: await access({ commits: ["miss"] }),
    firing: [{ atMinutes: 80, alerts: [alert("commits")] }],
  }));

  rule("fires for a cache that never hits, without a series of hits", async () => ({
    timeline: await access({ commits: ["miss"] }),
    leaveOut: /result="hit"/,
    firing: [{ atMinutes: 80, alerts: [alert("commits")] }],
  }));

  rule("shows a cold cache beside a hot one", async () => ({
    timeline: await access({ hot: Array.from({ length: 50 }, () => "hit" as const), cold: ["hit", "miss", "miss"] }),
    firing: [
      { atMinutes: 40, alerts: [] }, // A cache may be cold for an hour.
      { atMinutes: 80, alerts: [alert("cold")] },
    ],
  }));

  rule("fires for look-ups every ten minutes", async () => ({
    timeline: await access({ commits: ["miss"] }, 10),
    firing: [
      { atMinutes: 100, alerts: [alert("commits")] },
      { atMinutes: 109, alerts: [alert("commits")] },
    ],
  }));

  rule("stays for look-ups that come a little less than once an hour", async () => {
    const timeline = new Timeline(60);
    const { telemetry } = timeline.start();
    const look = () => telemetry.measure("cache_access", { cacheName: "commits", result: "miss" });
    await timeline.run(190, (step) => step % 31 === 0 && look());
    return {
      timeline,
      firing: [100, 122, 124, 126, 188].map((atMinutes) => ({ atMinutes, alerts: [alert("commits")] })),
    };
  });

  rule("is quiet at 80 %, and over a cache that nobody uses", async () => ({
    timeline: await access({ commits: ["hit", "hit", "hit", "hit", "miss"] }),
    firing: [{ atMinutes: 80, alerts: [] }],
  }));
});

describe("AlumiiniWorkerMemoryHigh", () => {
  rule("fires above 100 MB, for that repository alone", async () => {
    const timeline = new Timeline();
    const { telemetry } = timeline.start();
    await timeline.run(20, () => {
      telemetry.measure("worker_memory", { repoName: "app-1", bytes: 101e6 });
      telemetry.measure("worker_memory", { repoName: "app-2", bytes: 99e6 });
    });
    const alert = { name: "AlumiiniWorkerMemoryHigh", ...prod, repo_name: "app-1" };
    return {
      timeline,
      firing: [
        { atMinutes: 4, alerts: [] },
        { atMinutes: 15, alerts: [alert] },
      ],
    };
  });
});

describe("AlumiiniSinkDeliveryFailing", () => {
  function sink(name: string) {
    const counts = { delivered: 0, rejected: 0, retries: 0 };
    const stats = () => ({
      delivered: counts.delivered,
      dropped: { rejected: counts.rejected },
      retries: counts.retries,
      pending: 0,
      durations: { bounds: [1], counts: [counts.delivered, 0], sum: counts.delivered },
    });
    return { name, counts, stats };
  }

  const alert = (name: string) => ({ name: "AlumiiniSinkDeliveryFailing", ...prod, sink: name });

  rule("fires for a sink that drops 10 %, and for one that only ever retries", async () => {
    const timeline = new Timeline();
    const [good, dropping, down] = [sink("good"), sink("dropping"), sink("down")];
    timeline.start({ sinks: [good, dropping, down] });
    await timeline.run(30, (minute) => {
      good.counts.delivered += 50;
      good.counts.rejected += minute % 2;
      dropping.counts.delivered += 9;
      dropping.counts.rejected += 1;
      down.counts.retries += 2;
    });
    return { timeline, firing: [{ atMinutes: 25, alerts: [alert("dropping"), alert("down")] }] };
  });

  rule("is quiet over one failure among few deliveries", async () => {
    const timeline = new Timeline();
    const few = sink("few");
    timeline.start({ sinks: [few] });
    await timeline.run(60, (minute) => {
      if (minute % 2 === 0) few.counts.delivered++;
      if (minute === 40) few.counts.retries++;
    });
    return { timeline, firing: [46, 49, 52].map((atMinutes) => ({ atMinutes, alerts: [] })) };
  });

  rule("fires for deliveries every 13 minutes that all fail, and stays", async () => {
    const timeline = new Timeline();
    const down = sink("down");
    timeline.start({ sinks: [down] });
    await timeline.run(90, (minute) => minute > 0 && minute % 13 === 0 && down.counts.retries++);
    return { timeline, firing: [50, 64, 77, 89].map((atMinutes) => ({ atMinutes, alerts: [alert("down")] })) };
  });

  rule("is quiet for a sink with nothing to deliver", async () => {
    const timeline = new Timeline();
    timeline.start({ sinks: [sink("idle")] });
    await timeline.run(30);
    return { timeline, firing: [{ atMinutes: 25, alerts: [] }] };
  });
});
