import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duckdbStore, openHistory } from "@alumiini/history";
import { page as builtPage } from "@alumiini/page";
import { ulid } from "@alumiini-internal/test-support/ulid";

const STEPS = ["sync_started", "git_fetched", "apply_started", "apply_completed", "sync_completed"] as const;
const REPOSITORIES = 400;
const BATCH = 5_000;
const YEAR_MS = 365 * 86_400_000;

/** A real history with very many events, and its page. */
export interface LargeHistory {
  readonly url: string;
  close(): Promise<void>;
}

/** Stores this many events of the year before a time, five to a sync; each twentieth sync fails. */
export async function largeHistory(events: number, now: number): Promise<LargeHistory> {
  const directory = await mkdtemp(join(tmpdir(), "page-large-"));
  const history = await openHistory({ store: duckdbStore({ path: join(directory, "history.duckdb") }) });
  for (let from = 0; from < events; from += BATCH) {
    const value = Array.from({ length: Math.min(BATCH, events - from) }, (_, index) =>
      event(from + index, events, now),
    );
    const { refused } = await history.intake([{ value, source: "large", sequence: null }]);
    if (refused > 0) throw new Error(`${refused} events were refused`);
  }
  const answers = history.nodeHandler();
  const { html, headers } = builtPage();
  const server = createServer((request, response) => {
    if (request.url !== "/") return answers(request, response);
    response.writeHead(200, headers);
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: typeof address === "object" ? `http://127.0.0.1:${address?.port}/` : "",
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await history.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function event(n: number, events: number, now: number) {
  const sync = Math.floor(n / STEPS.length);
  const repository = sync % REPOSITORIES;
  const failed = sync % 20 === 0;
  const step = STEPS[n % STEPS.length] ?? "sync_started";
  const type = failed && step === "sync_completed" ? "sync_failed" : step;
  const started = step.endsWith("started");
  const time = now - YEAR_MS + Math.floor((n * YEAR_MS) / events);
  const change = Math.floor(sync / REPOSITORIES / 5);
  return {
    id: ulid(time, n),
    timestamp: new Date(time).toISOString(),
    type,
    severity: type === "sync_failed" ? "error" : "info",
    outcome: started ? "unknown" : type === "sync_failed" ? "failure" : "success",
    repo_name: `repository-${repository}`,
    namespace: `team-${repository % 20}`,
    cluster_id: `cluster-${repository % 4}`,
    commit: `${change.toString(16).padStart(8, "0")}${repository.toString(16).padStart(32, "0")}`,
    duration_ms: started ? null : 1_200,
    error_type: type === "sync_failed" ? "apply_error" : null,
    error_message: type === "sync_failed" ? "the deployment did not become ready in time" : null,
    trigger: step.startsWith("sync_") ? "poll" : null,
    attributes: { "alumiini.sync.id": `sync-${sync}`, "deployment.environment.name": "production" },
  };
}
