import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Telemetry } from "@alumiini/core";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { Controller } from "../controller.js";
import type { Repository } from "../repository.js";
import { DirectoryTarget } from "../targets/directory-target.js";
import type { DemoContext, DemoRepository } from "./context.js";
import { EventCounts } from "./event-counts.js";
import { ExpectedEvents } from "./expected-events.js";
import { FaultyTarget } from "./faulty-target.js";
import { type Prepared, prepareMirror, prepareSample } from "./prepare-repository.js";
import { describeResults, runScenario } from "./run-scenario.js";
import { SCENARIO } from "./scenario.js";
import { createWebhookSender } from "./send-webhook.js";

/** What the demo needs. */
export interface DemoParts {
  /** Empty for the sample. */
  readonly repositories: readonly Repository[];
  /** 0 for any free one. */
  readonly port: number;
  readonly telemetry: Telemetry;
  readonly registry: Registry;
  readonly logger: Logger;
  /** Writes what is no log line. */
  readonly print: (text: string) => void;
}

/** Time that a running sync gets to end at Ctrl-C, before it is cut short. */
const STOP_DEADLINE_MS = 3000;
/** Nothing happens by itself while the scenario runs: its steps pull every trigger. */
const NEVER_MS = 24 * 3_600_000;
/** How often what the controller does by itself happens while the demo serves. */
const POLL_MS = 15_000;

/** Sets up a controller in a temporary directory, runs the scenario and cleans up. */
export class Demo {
  readonly #parts: DemoParts;
  readonly #stop = new AbortController();
  #controller: Controller | undefined;
  #directory: string | undefined;
  #polling: NodeJS.Timeout | undefined;
  #running: Promise<boolean> = Promise.resolve(false);

  constructor(parts: DemoParts) {
    this.#parts = parts;
  }

  /** Runs the scenario, then prints the summary. Returns whether every step saw the events it must. */
  run(): Promise<boolean> {
    this.#running = this.#run(this.#stop.signal);
    return this.#running;
  }

  /** Goes on polling, for whoever watches `/metrics`. */
  keepPolling(): void {
    const controller = this.#controller;
    const names = controller?.status().map(({ repository }) => repository) ?? [];
    this.#polling = setInterval(() => {
      for (const name of names) controller?.trigger(name, "poll");
    }, POLL_MS);
  }

  /** Ends whatever runs and removes the temporary directory. Can be called at any time, also while `run` does. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#polling);
    await this.#controller?.stop(STOP_DEADLINE_MS);
    // What it was at when it was stopped; the caller of `run` gets the error.
    await this.#running.catch(() => false);
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }

  async #run(signal: AbortSignal): Promise<boolean> {
    const { telemetry, logger, print } = this.#parts;
    this.#directory = await mkdtemp(join(tmpdir(), "alumiini-demo-"));
    const prepared = await this.#prepare(join(this.#directory, "remotes"), signal);
    signal.throwIfAborted();

    const demoRepositories = prepared.map((one) =>
      this.#createRepository(one, join(this.#directory ?? tmpdir(), "clusters")),
    );
    const counts = new EventCounts();
    const subscriptions = [counts, ...demoRepositories.map(({ expected }) => expected.recorder)].map((s) =>
      telemetry.subscribe(s),
    );
    const context = await this.#start(demoRepositories, counts);
    const results = await runScenario(SCENARIO, context, demoRepositories, logger, signal);
    for (const subscription of subscriptions) subscription.unsubscribe();
    if (signal.aborted) return false;
    print(`\n${counts.summary()}\n${describeResults(results)}\n`);
    print(`  metrics  ${context.baseUrl}/metrics\n  health   ${context.baseUrl}/healthz\n\n`);
    return results.length > 0 && results.every(({ passed }) => passed);
  }

  async #prepare(directory: string, signal: AbortSignal): Promise<Prepared[]> {
    const { repositories, logger } = this.#parts;
    if (repositories.length === 0) return [await prepareSample(directory, signal)];
    const prepared: Prepared[] = [];
    for (const repository of repositories) {
      logger.info(`Mirroring ${repository.name}: the scenario commits to the mirror, the original is only read`);
      const one = await prepareMirror(repository, directory, signal);
      for (const { file, message } of one.leftOut) logger.warn(`Left out of the mirror: ${file}: ${message}`);
      prepared.push(one);
    }
    return prepared;
  }

  #createRepository({ repository, remote }: Prepared, clusters: string): DemoRepository {
    // Each repository gets a cluster of its own: those of strangers may well claim the same objects.
    const cluster = new DirectoryTarget(join(clusters, repository.name), repository.name);
    return {
      repository,
      remote,
      cluster,
      faults: new FaultyTarget(cluster),
      expected: new ExpectedEvents(this.#stop.signal),
    };
  }

  async #start(demoRepositories: readonly DemoRepository[], counts: EventCounts): Promise<DemoContext> {
    const { telemetry, registry, logger, port } = this.#parts;
    const secrets = { github: newSecret(), gitlab: newSecret(), bitbucket: newSecret() };
    const targets = new Map(demoRepositories.map(({ repository, faults }) => [repository.name, faults]));
    const controller = new Controller({
      repositories: demoRepositories.map(({ repository }) => repository),
      createTarget: (repoName) => {
        const target = targets.get(repoName);
        if (target === undefined) throw new Error(`no cluster was made for ${repoName}`);
        return target;
      },
      dataDirectory: join(this.#directory ?? tmpdir(), "data"),
      intervals: { pollMs: NEVER_MS, reconcileMs: NEVER_MS },
      host: "127.0.0.1",
      port,
      webhookSecrets: secrets,
      telemetry,
      registry,
      logger,
      restartDelayMs: 500,
    });
    this.#controller = controller;
    const baseUrl = await controller.start();
    logger.info(`Metrics at ${baseUrl}/metrics`);
    return { controller, baseUrl, sendWebhook: createWebhookSender(baseUrl, secrets), counts };
  }
}

function newSecret(): string {
  return randomBytes(16).toString("hex");
}
