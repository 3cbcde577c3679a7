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
import type { Actor, Stage } from "./context.js";
import { Tally } from "./event-counts.js";
import { Witness } from "./expected-events.js";
import { FaultyTarget } from "./faulty-target.js";
import { type Prepared, prepareMirror, prepareSample } from "./prepare-repository.js";
import { describeResults, playScenario } from "./run-scenario.js";
import { SCENARIO } from "./scenario.js";
import { createForge } from "./send-webhook.js";

/** What the demo is played with. */
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

/** Sets up a controller in a temporary directory, plays the scenario and cleans up. */
export class Demo {
  readonly #parts: DemoParts;
  readonly #stop = new AbortController();
  #controller: Controller | undefined;
  #directory: string | undefined;
  #polling: NodeJS.Timeout | undefined;
  #playing: Promise<boolean> = Promise.resolve(false);

  constructor(parts: DemoParts) {
    this.#parts = parts;
  }

  /** Plays the scenario, then prints the summary. Answers whether every step saw the events it must. */
  play(): Promise<boolean> {
    this.#playing = this.#play(this.#stop.signal);
    return this.#playing;
  }

  /** Goes on polling, for whoever watches `/metrics`. */
  keepPolling(): void {
    const controller = this.#controller;
    const names = controller?.status().map(({ repository }) => repository) ?? [];
    this.#polling = setInterval(() => {
      for (const name of names) controller?.trigger(name, "poll");
    }, POLL_MS);
  }

  /** Ends whatever runs and removes the temporary directory. Can be called at any time, also while `play` runs. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#polling);
    await this.#controller?.stop(STOP_DEADLINE_MS);
    // What it was at when it was stopped; whoever called `play` is told of the error.
    await this.#playing.catch(() => false);
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }

  async #play(signal: AbortSignal): Promise<boolean> {
    const { telemetry, logger, print } = this.#parts;
    this.#directory = await mkdtemp(join(tmpdir(), "alumiini-demo-"));
    const prepared = await this.#prepare(join(this.#directory, "remotes"), signal);
    signal.throwIfAborted();

    const actors = prepared.map((one) => this.#cast(one, join(this.#directory ?? tmpdir(), "clusters")));
    const tally = new Tally();
    const subscriptions = [tally, ...actors.map(({ witness }) => witness.recorder)].map((s) => telemetry.subscribe(s));
    const stage = await this.#start(actors, tally);
    const results = await playScenario(SCENARIO, stage, actors, logger, signal);
    for (const subscription of subscriptions) subscription.unsubscribe();
    if (signal.aborted) return false;
    print(`\n${tally.summary()}\n${describeResults(results)}\n`);
    print(`  metrics  ${stage.baseUrl}/metrics\n  health   ${stage.baseUrl}/healthz\n\n`);
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

  #cast({ repository, remote }: Prepared, clusters: string): Actor {
    // Each repository gets a cluster of its own: those of strangers may well claim the same objects.
    const cluster = new DirectoryTarget(join(clusters, repository.name), repository.name);
    return { repository, remote, cluster, faults: new FaultyTarget(cluster), witness: new Witness(this.#stop.signal) };
  }

  async #start(actors: readonly Actor[], tally: Tally): Promise<Stage> {
    const { telemetry, registry, logger, port } = this.#parts;
    const secrets = { github: newSecret(), gitlab: newSecret(), bitbucket: newSecret() };
    const targets = new Map(actors.map(({ repository, faults }) => [repository.name, faults]));
    const controller = new Controller({
      repositories: actors.map(({ repository }) => repository),
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
    return { controller, baseUrl, postWebhook: createForge(baseUrl, secrets), tally };
  }
}

function newSecret(): string {
  return randomBytes(16).toString("hex");
}
