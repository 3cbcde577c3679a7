import type { WebhookProvider } from "@alumiini/core";
import type { Controller } from "../controller.js";
import { identify, type KubernetesObject } from "../manifests/kubernetes-object.js";
import type { Repository } from "../repository.js";
import type { DirectoryTarget } from "../targets/directory-target.js";
import type { EventCounts } from "./event-counts.js";
import type { ExpectedEvents } from "./expected-events.js";
import type { FaultyTarget } from "./faulty-target.js";
import type { LocalRemote } from "./local-remote.js";
import type { SendWebhook } from "./send-webhook.js";

/** The controller and all that the scenario does to it. */
export interface DemoContext {
  readonly controller: Controller;
  /** Of the controller's HTTP interface. */
  readonly baseUrl: string;
  readonly sendWebhook: SendWebhook;
  readonly counts: EventCounts;
}

/** One repository that the scenario runs on. */
export interface DemoRepository {
  /** As the controller has it: its URL is that of `remote`. */
  readonly repository: Repository;
  readonly remote: LocalRemote;
  readonly cluster: DirectoryTarget;
  readonly faults: FaultyTarget;
  readonly expected: ExpectedEvents;
}

/** The object that the scenario adds, edits and breaks; every repository gets it, whatever else it holds. */
export function demoObject(greeting: string): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "alumiini-demo", namespace: "default" },
    data: { greeting },
  };
}

/** The file that it stands in. */
export function demoFile({ repository: { path } }: DemoRepository): string {
  return path === "" ? "alumiini-demo.json" : `${path}/alumiini-demo.json`;
}

/** Where the cluster keeps it. */
export function demoObjectPath({ cluster }: DemoRepository): string {
  return cluster.pathOf(identify(demoObject("")));
}

/** Tells the controller of a push, as a forge would. */
export function push(
  context: DemoContext,
  { repository, remote }: DemoRepository,
  provider: WebhookProvider,
): Promise<number> {
  return context.sendWebhook(provider, repository.url, remote.branch);
}

/** Asks for a sync by HTTP. */
export async function syncNow({ baseUrl }: DemoContext, { repository }: DemoRepository): Promise<number> {
  const response = await fetch(`${baseUrl}/sync/${repository.name}`, { method: "POST" });
  await response.arrayBuffer();
  return response.status;
}
