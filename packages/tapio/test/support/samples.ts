import { eventOf } from "./events.js";

export const BASE = { repoName: "web", namespace: "shop", trigger: "webhook" } as const;
export const COMMIT = "4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02";
export const TRACE = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
export const RESOURCE = { "k8s.namespace.name": "gitops", "k8s.pod.name": "controller-7d9", "k8s.node.name": "node-1" };

export const RESOURCES = [
  { kind: "Deployment", namespace: "shop", name: "frontend", uid: "0b8f6f0a" },
  { kind: "PersistentVolumeClaim", namespace: "shop", name: "data" },
  { kind: "ClusterRole", name: "reader" },
];
export const COMPLETED = eventOf("sync_completed", {
  ...BASE,
  ...TRACE,
  durationMs: 1500,
  commit: COMMIT,
  branch: "main",
  repoUrl: "https://github.com/org/web.git",
  syncId: "S1",
  rolloutRef: "shop/web",
  resources: RESOURCES,
});
export const FAILED = eventOf("sync_failed", {
  ...BASE,
  durationMs: 30_000,
  errorType: "git_timeout",
  errorMessage: "fetch timed out",
  outcome: "timeout",
  repoUrl: "ssh://git@git.example.com:2222/org/web.git",
  attributes: { "network.peer.address": "10.0.0.7", "process.pid": 4711 },
});
