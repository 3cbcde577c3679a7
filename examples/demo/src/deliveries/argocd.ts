const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What Argo CD's notification engine sends of an Application that syncs, made up for the minutes before `now`. */
export function argocdDeliveries(now: number): string[] {
  const start = now - 16 * MINUTE;
  const again = now - 4 * MINUTE;
  return [
    application("a1b2".repeat(10), { phase: "Running", startedAt: start }),
    application("a1b2".repeat(10), { phase: "Succeeded", startedAt: start, finishedAt: start + 11 * SECOND }),
    application("c3d4".repeat(10), { phase: "Running", startedAt: again }),
    application("c3d4".repeat(10), {
      phase: "Failed",
      startedAt: again,
      finishedAt: again + 42 * SECOND,
      message:
        "one or more synchronization tasks completed unsuccessfully: Job/shop/loyalty-migrate: BackoffLimitExceeded",
    }),
  ];
}

interface Operation {
  readonly phase: "Running" | "Succeeded" | "Failed";
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly message?: string;
}

function application(revision: string, { phase, startedAt, finishedAt, message = "" }: Operation): string {
  const source = { repoURL: "https://github.com/example/loyalty.git", path: "deploy", targetRevision: "main" };
  const seconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  const failed = phase === "Failed";
  return JSON.stringify({
    context: { argocdUrl: "https://argocd.example" },
    app: {
      metadata: { name: "loyalty", namespace: "argocd", uid: "7be3c2d0-0000-4000-8000-000000000003", labels: {} },
      spec: {
        project: "default",
        destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
        source,
        syncPolicy: { automated: {} },
      },
      status: {
        sync: { status: failed ? "OutOfSync" : "Synced", revision },
        health: { status: failed ? "Degraded" : "Healthy" },
        operationState: {
          operation: { sync: { revision }, initiatedBy: { automated: true } },
          phase,
          message,
          startedAt: seconds(startedAt),
          ...(finishedAt !== undefined && { finishedAt: seconds(finishedAt) }),
          syncResult: {
            revision,
            source,
            resources: [
              { kind: "Deployment", namespace: "shop", name: "loyalty", status: "Synced" },
              { kind: "Job", namespace: "shop", name: "loyalty-migrate", status: failed ? "SyncFailed" : "Synced" },
            ],
          },
        },
      },
    },
  });
}
