import { readFile, writeFile } from "node:fs/promises";
import { type Actor, demoFile, demoObject, demoObjectPath, push, type Stage, syncNow } from "./context.js";
import { check } from "./expected-events.js";
import { checkMetrics } from "./metrics-check.js";

/** One step of the scenario: it makes something happen and waits for the events that must come of it. */
export interface Step {
  readonly title: string;
  play(stage: Stage, actor: Actor): Promise<void>;
}

/** What the demo plays on every repository, in this order. The first step is under way when the controller starts. */
export const SCENARIO: readonly Step[] = [
  { title: "First sync", play: firstSync },
  { title: "New commit, announced by a webhook", play: newCommit },
  { title: "Forged webhook: refused", play: forgedWebhook },
  { title: "Poll without change", play: pollWithoutChange },
  { title: "Edit by hand: drift, corrected", play: editByHand },
  { title: "Manifest that is no YAML: sync failed, cluster untouched", play: unreadableManifest },
  { title: "Manifest that the cluster refuses: apply failed, then mended", play: refusedManifest },
  { title: "Remote unreachable: git failed, then back", play: unreachableRemote },
  { title: "Bug in the controller: worker crashed, then restarted", play: workerCrash },
  { title: "Metrics agree with the events", play: checkMetrics },
];

async function firstSync(_stage: Stage, { repository: { name }, remote, witness }: Actor): Promise<void> {
  const commit = await remote.head();
  await witness.sees("worker_started", name);
  await witness.sees("sync_started", name, ({ trigger }) => trigger === "startup");
  await witness.sees("git_cloned", name, (event) => event.outcome === "success" && event.commit === commit);
  await witness.sees("apply_started", name);
  const applied = await witness.sees("apply_completed", name);
  const synced = await witness.sees("sync_completed", name, (event) => event.commit === commit);
  check(synced.resourcesApplied === applied.resourcesApplied, "the sync to count what the apply wrote");
}

async function newCommit(stage: Stage, actor: Actor): Promise<void> {
  const { repository, witness } = actor;
  const { name } = repository;
  const previousCommit = await actor.remote.head();
  const commit = await actor.remote.commit("Say hello", { [demoFile(actor)]: json(demoObject("Terve")) });
  check((await push(stage, actor, "github")) === 202, "the webhook to be accepted");
  await witness.sees("webhook_received", name, (event) => event.provider === "github" && event.outcome === "success");
  await witness.sees("sync_started", name, ({ trigger }) => trigger === "webhook");
  await witness.sees("git_fetched", name, (event) => event.outcome === "success" && event.commit === commit);
  await witness.sees("apply_completed", name);
  await witness.sees("sync_completed", name, (e) => e.commit === commit && e.previousCommit === previousCommit);
  check((await readFile(demoObjectPath(actor), "utf8")).includes("Terve"), "the new object in the cluster");
}

async function forgedWebhook({ baseUrl }: Stage, actor: Actor): Promise<void> {
  const { repository, remote, witness } = actor;
  const response = await fetch(`${baseUrl}/webhook/github`, {
    method: "POST",
    headers: { "x-github-event": "push", "x-hub-signature-256": `sha256=${"0".repeat(64)}` },
    body: JSON.stringify({ ref: `refs/heads/${remote.branch}`, repository: { clone_url: repository.url } }),
  });
  await response.arrayBuffer();
  check(response.status === 401, `status 401, not ${response.status}`);
  // Who sends it is not believed, so the event does not name the repository.
  await witness.sees("webhook_received", "unknown", (event) => event.outcome === "failure");
}

async function pollWithoutChange({ controller }: Stage, { repository, witness }: Actor): Promise<void> {
  const { name } = repository;
  controller.trigger(name, "poll");
  const { syncId } = await witness.sees("sync_started", name, ({ trigger }) => trigger === "poll");
  await witness.sees("git_fetched", name, (event) => event.outcome === "success");
  await witness.sees("sync_completed", name, (event) => event.syncId === syncId && event.resourcesApplied === 0);
  check(witness.recorder.ofType("apply_started").length === 0, "nothing to be applied");
  const [access] = witness.recorder.ofKind("cache_access");
  check(access?.result === "hit", "the commit to be found in the cache");
}

async function editByHand({ controller }: Stage, actor: Actor): Promise<void> {
  const { repository, witness } = actor;
  const { name } = repository;
  const path = demoObjectPath(actor);
  const before = await readFile(path, "utf8");
  await writeFile(path, before.replace("Terve", "edited by hand"));
  controller.trigger(name, "reconcile");
  await witness.sees("sync_started", name, ({ trigger }) => trigger === "reconcile");
  await witness.sees("drift_detected", name, (e) => e.resourceKey === "ConfigMap/default/alumiini-demo");
  await witness.sees("apply_completed", name, (event) => event.resourcesApplied === 1);
  await witness.sees("drift_corrected", name, (event) => event.outcome === "success");
  await witness.sees("sync_completed", name);
  check((await readFile(path, "utf8")) === before, "the object to be as git has it");
}

async function unreadableManifest(stage: Stage, actor: Actor): Promise<void> {
  const { repository, witness } = actor;
  const { name } = repository;
  await actor.remote.commit("Forget a bracket", { [demoFile(actor)]: '{ "apiVersion": "v1", "kind": "ConfigMap"' });
  check((await push(stage, actor, "gitlab")) === 202, "the webhook to be accepted");
  await witness.sees("webhook_received", name, ({ provider }) => provider === "gitlab");
  await witness.sees("git_fetched", name, (event) => event.outcome === "success");
  await witness.sees("sync_failed", name, ({ errorType }) => errorType === "parse_error");
  check(witness.recorder.ofType("apply_started").length === 0, "nothing to be applied");
  check((await readFile(demoObjectPath(actor), "utf8")).includes("Terve"), "the cluster to be left alone");
}

async function refusedManifest(stage: Stage, actor: Actor): Promise<void> {
  const { repository, witness } = actor;
  const { name } = repository;
  const invalid = { ...demoObject("Hei"), metadata: { name: "Not a name", namespace: "default" } };
  await actor.remote.commit("Misname it", { [demoFile(actor)]: json(invalid) });
  check((await push(stage, actor, "github")) === 202, "the webhook to be accepted");
  await witness.sees("webhook_received", name);
  await witness.sees("apply_started", name);
  await witness.sees("apply_failed", name, ({ errorType }) => errorType === "validation");
  await witness.sees("sync_failed", name, ({ errorType }) => errorType === "apply_error");

  const commit = await actor.remote.commit("Name it well", { [demoFile(actor)]: json(demoObject("Hei")) });
  check((await push(stage, actor, "bitbucket")) === 202, "the webhook to be accepted");
  await witness.sees("webhook_received", name, ({ provider }) => provider === "bitbucket");
  await witness.sees("sync_completed", name, (event) => event.commit === commit);
}

async function unreachableRemote(stage: Stage, actor: Actor): Promise<void> {
  const { repository, witness } = actor;
  const { name } = repository;
  await actor.remote.disconnect();
  check((await syncNow(stage, actor)) === 202, "the manual trigger to be accepted");
  await witness.sees("sync_started", name, ({ trigger }) => trigger === "manual");
  await witness.sees("git_fetched", name, (event) => event.outcome === "failure");
  await witness.sees("sync_failed", name, ({ errorType }) => errorType === "git_error");

  await actor.remote.reconnect();
  await syncNow(stage, actor);
  await witness.sees("git_fetched", name, (event) => event.outcome === "success");
  await witness.sees("sync_completed", name);
}

async function workerCrash(stage: Stage, actor: Actor): Promise<void> {
  const { repository, witness } = actor;
  const { name } = repository;
  actor.faults.failNext();
  await syncNow(stage, actor);
  await witness.sees("sync_failed", name);
  await witness.sees("worker_stopped", name, (event) => event.outcome === "failure");
  await witness.sees("worker_started", name);
  await witness.sees("sync_completed", name, ({ trigger }) => trigger === "startup");
  const restarts = witness.recorder.ofKind("worker_restart").filter(({ repoName }) => repoName === name);
  check(restarts.length === 1, "one restart");
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
