import { describe } from "vitest";
import { sync } from "./fleet.js";
import { rule } from "./rule.js";
import { Timeline } from "./timeline.js";

const merged = { name: "AlumiiniClustersMerged", severity: "warning", cluster: "prod" } as const;

describe("AlumiiniClustersMerged", () => {
  rule("fires where two clusters have targets with the same labels, and ends when one of them is gone", async () => {
    const timeline = new Timeline();
    const eu = timeline.start({ clusterId: "eu", target: { instance: "a" } });
    const us = timeline.start({ clusterId: "us", target: { instance: "b" } });
    const both = (minute: number) => minute % 5 === 0 && [eu, us].forEach((replica) => void sync(replica, "app-1"));
    await timeline.run(30, both);
    us.stop();
    await timeline.run(15, (minute) => minute % 5 === 0 && sync(eu, "app-1"));
    return {
      timeline,
      firing: [
        { atMinutes: 14, alerts: [] },
        { atMinutes: 20, alerts: [merged] },
        { atMinutes: 40, alerts: [] },
      ],
    };
  });

  rule("is quiet where a label of the targets tells them apart, and for replicas of one cluster", async () => {
    const timeline = new Timeline();
    const replicas = [
      timeline.start({ clusterId: "eu", target: { cluster: "eu", instance: "a" } }),
      timeline.start({ clusterId: "us", target: { cluster: "us", instance: "b" } }),
      timeline.start({ clusterId: "us", target: { cluster: "us", instance: "c" } }),
    ];
    await timeline.run(30, (minute) => minute % 5 === 0 && replicas.forEach((replica) => void sync(replica, "app-1")));
    return { timeline, firing: [{ atMinutes: 25, alerts: [] }] };
  });
});
