import { readFile, writeFile } from "node:fs/promises";
import {
  type DemoContext,
  type DemoRepository,
  demoFile,
  demoObject,
  demoObjectPath,
  push,
  syncNow,
} from "./context.js";
import { check } from "./expected-events.js";
import { checkMetrics } from "./metrics-check.js";

/** One step of the scenario: it makes something happen and waits for the events that must come of it. */
export interface Step {
  readonly title: string;
  run(context: DemoContext, demo: DemoRepository): Promise<void>;
}

/** What the demo runs on every repository, in this order. The first step is under way when the controller starts. */
export const SCENARIO: readonly Step[] = [
  { title: "First sync", run: firstSync },
  { title: "New commit, announced by a webhook", run: newCommit },
  { title: "Forged webhook: refused", run: forgedWebhook },
  { title: "Poll without change", run: pollWithoutChange },
  { title: "Edit by hand: drift, corrected", run: editByHand },
  { title: "Manifest that is no YAML: sync failed, cluster untouched", run: unreadableManifest },
  { title: "Manifest that the cluster refuses: apply failed, then fixed", run: refusedManifest },
  { title: "Remote unreachable: git failed, then back", run: unreachableRemote },
  { title: "Bug in the controller: worker crashed, then restarted", run: workerCrash },
  { title: "Metrics agree with the events", run: checkMetrics },
];

async function firstSync(
  _context: DemoContext,
  { repository: { name }, remote, expected }: DemoRepository,
): Promise<void> {
  const commit = await remote.head();
  await expected.next("worker_started", name);
  await expected.next("sync_started", name, ({ trigger }) => trigger === "startup");
  await expected.next("git_cloned", name, (event) => event.outcome === "success" && event.commit === commit);
  await expected.next("apply_started", name);
  const applied = await expected.next("apply_completed", name);
  const synced = await expected.next("sync_completed", name, (event) => event.commit === commit);
  check(synced.resourcesApplied === applied.resourcesApplied, "the sync to count what the apply wrote");
}

async function newCommit(context: DemoContext, demo: DemoRepository): Promise<void> {
  const { repository, expected } = demo;
  const { name } = repository;
  const previousCommit = await demo.remote.head();
  const commit = await demo.remote.commit("Say hello", { [demoFile(demo)]: json(demoObject("Terve")) });
  check((await push(context, demo, "github")) === 202, "the webhook to be accepted");
  await expected.next("webhook_received", name, (event) => event.provider === "github" && event.outcome === "success");
  await expected.next("sync_started", name, ({ trigger }) => trigger === "webhook");
  await expected.next("git_fetched", name, (event) => event.outcome === "success" && event.commit === commit);
  await expected.next("apply_completed", name);
  await expected.next("sync_completed", name, (e) => e.commit === commit && e.previousCommit === previousCommit);
  check((await readFile(demoObjectPath(demo), "utf8")).includes("Terve"), "the new object in the cluster");
}

async function forgedWebhook({ baseUrl }: DemoContext, demo: DemoRepository): Promise<void> {
  const { repository, remote, expected } = demo;
  const response = await fetch(`${baseUrl}/webhook/github`, {
    method: "POST",
    headers: { "x-github-event": "push", "x-hub-signature-256": `sha256=${"0".repeat(64)}` },
    body: JSON.stringify({ ref: `refs/heads/${remote.branch}`, repository: { clone_url: repository.url } }),
  });
  await response.arrayBuffer();
  check(response.status === 401, `status 401, not ${response.status}`);
  // Who sends it is not believed, so the event does not name the repository.
  await expected.next("webhook_received", "unknown", (event) => event.outcome === "failure");
}

async function pollWithoutChange({ controller }: DemoContext, { repository, expected }: DemoRepository): Promise<void> {
  const { name } = repository;
  controller.trigger(name, "poll");
  const { syncId } = await expected.next("sync_started", name, ({ trigger }) => trigger === "poll");
  await expected.next("git_fetched", name, (event) => event.outcome === "success");
  await expected.next("sync_completed", name, (event) => event.syncId === syncId && event.resourcesApplied === 0);
  check(expected.recorder.ofType("apply_started").length === 0, "nothing to be applied");
  const [access] = expected.recorder.ofKind("cache_access");
  check(access?.result === "hit", "the commit to be found in the cache");
}

async function editByHand({ controller }: DemoContext, demo: DemoRepository): Promise<void> {
  const { repository, expected } = demo;
  const { name } = repository;
  const path = demoObjectPath(demo);
  const before = await readFile(path, "utf8");
  await writeFile(path, before.replace("Terve", "edited by hand"));
  controller.trigger(name, "reconcile");
  await expected.next("sync_started", name, ({ trigger }) => trigger === "reconcile");
  await expected.next("drift_detected", name, (e) => e.resourceKey === "ConfigMap/default/alumiini-demo");
  await expected.next("apply_completed", name, (event) => event.resourcesApplied === 1);
  await expected.next("drift_corrected", name, (event) => event.outcome === "success");
  await expected.next("sync_completed", name);
  check((await readFile(path, "utf8")) === before, "the object to be as git has it");
}

async function unreadableManifest(context: DemoContext, demo: DemoRepository): Promise<void> {
  const { repository, expected } = demo;
  const { name } = repository;
  await demo.remote.commit("Forget a bracket", { [demoFile(demo)]: '{ "apiVersion": "v1", "kind": "ConfigMap"' });
  check((await push(context, demo, "gitlab")) === 202, "the webhook to be accepted");
  await expected.next("webhook_received", name, ({ provider }) => provider === "gitlab");
  await expected.next("git_fetched", name, (event) => event.outcome === "success");
  await expected.next("sync_failed", name, ({ errorType }) => errorType === "parse_error");
  check(expected.recorder.ofType("apply_started").length === 0, "nothing to be applied");
  check((await readFile(demoObjectPath(demo), "utf8")).includes("Terve"), "the cluster to be left alone");
}

async function refusedManifest(context: DemoContext, demo: DemoRepository): Promise<void> {
  const { repository, expected } = demo;
  const { name } = repository;
  const invalid = { ...demoObject("Hei"), metadata: { name: "Not a name", namespace: "default" } };
  await demo.remote.commit("Misname it", { [demoFile(demo)]: json(invalid) });
  check((await push(context, demo, "github")) === 202, "the webhook to be accepted");
  await expected.next("webhook_received", name);
  await expected.next("apply_started", name);
  await expected.next("apply_failed", name, ({ errorType }) => errorType === "validation");
  await expected.next("sync_failed", name, ({ errorType }) => errorType === "apply_error");

  const commit = await demo.remote.commit("Name it well", { [demoFile(demo)]: json(demoObject("Hei")) });
  check((await push(context, demo, "bitbucket")) === 202, "the webhook to be accepted");
  await expected.next("webhook_received", name, ({ provider }) => provider === "bitbucket");
  await expected.next("sync_completed", name, (event) => event.commit === commit);
}

async function unreachableRemote(context: DemoContext, demo: DemoRepository): Promise<void> {
  const { repository, expected } = demo;
  const { name } = repository;
  await demo.remote.disconnect();
  check((await syncNow(context, demo)) === 202, "the manual trigger to be accepted");
  await expected.next("sync_started", name, ({ trigger }) => trigger === "manual");
  await expected.next("git_fetched", name, (event) => event.outcome === "failure");
  await expected.next("sync_failed", name, ({ errorType }) => errorType === "git_error");

  await demo.remote.reconnect();
  await syncNow(context, demo);
  await expected.next("git_fetched", name, (event) => event.outcome === "success");
  await expected.next("sync_completed", name);
}

async function workerCrash(context: DemoContext, demo: DemoRepository): Promise<void> {
  const { repository, expected } = demo;
  const { name } = repository;
  demo.faults.failNext();
  await syncNow(context, demo);
  await expected.next("sync_failed", name);
  await expected.next("worker_stopped", name, (event) => event.outcome === "failure");
  await expected.next("worker_started", name);
  await expected.next("sync_completed", name, ({ trigger }) => trigger === "startup");
  const restarts = expected.recorder.ofKind("worker_restart").filter(({ repoName }) => repoName === name);
  check(restarts.length === 1, "one restart");
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
