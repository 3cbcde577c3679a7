import { createHash } from "node:crypto";
import { join } from "node:path";
import { redactText, type Telemetry, type Trigger } from "@alumiini/core";
import { metricsHandler } from "@alumiini/prometheus";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { CommitCache } from "./git/commit-cache.js";
import { GitClone, removeUnfinishedClones } from "./git/git.js";
import { parseRemote } from "./git/remote.js";
import { ControllerServer } from "./http/server.js";
import { Webhooks } from "./http/webhook.js";
import type { WebhookSecrets } from "./http/webhook-signature.js";
import { createThreadParser } from "./manifests/parse-in-thread.js";
import type { Repository } from "./repository.js";
import { StartOrder } from "./start-order.js";
import { Supervisor, type WorkerStatus } from "./supervisor.js";
import { Synchronizer } from "./synchronizer.js";
import type { CreateTarget } from "./targets/target.js";
import { Triggers } from "./triggers.js";
import { type Intervals, Worker } from "./worker.js";

/** What a controller is made of. */
export interface ControllerOptions {
  readonly repositories: readonly Repository[];
  readonly createTarget: CreateTarget;
  /** Where the clones are kept. */
  readonly dataDirectory: string;
  readonly intervals: Intervals;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly webhookSecrets: WebhookSecrets;
  readonly syncToken?: string | undefined;
  readonly telemetry: Telemetry;
  /** The registry behind `/metrics`. */
  readonly registry: Registry;
  readonly logger: Logger;
  /** Milliseconds that one git command may take. Default 120,000. */
  readonly gitTimeoutMs?: number | undefined;
  /** Milliseconds before a crashed worker is first started again. Default 1,000. */
  readonly restartDelayMs?: number | undefined;
}

/** A GitOps controller: keeps a target in step with repositories. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #supervisor: Supervisor;
  readonly #server: ControllerServer;
  readonly #triggers = new Map<string, Triggers>();
  readonly #startOrder: StartOrder;

  constructor(options: ControllerOptions) {
    const { repositories, telemetry, webhookSecrets, syncToken, registry, logger } = options;
    this.#options = options;
    this.#startOrder = new StartOrder(repositories.map(({ name }) => name));
    this.#supervisor = new Supervisor({
      telemetry,
      repositories,
      createWorker: (repository) => this.#createWorker(repository),
      restartDelayMs: options.restartDelayMs ?? 1000,
      onCrash: ({ name }, error) => logger.error({ stack: stackOf(error) }, `Worker of ${name} crashed`),
    });
    this.#server = new ControllerServer({
      webhooks: new Webhooks({
        telemetry,
        repositories,
        secrets: webhookSecrets,
        branchOf: (repository) => this.#supervisor.branchOf(repository),
        onPush: ({ name }) => this.trigger(name, "webhook"),
      }),
      metrics: metricsHandler({
        register: registry,
        onFailure: (error) => logger.error({ stack: stackOf(error) }, "/metrics could not be answered"),
      }),
      status: () => this.status(),
      sync: (repoName) => this.trigger(repoName, "manual"),
      syncToken,
    });
  }

  /** Starts to listen and to sync; returns the base URL of the HTTP interface. */
  async start(): Promise<string> {
    await removeUnfinishedClones(this.#options.dataDirectory);
    const url = await this.#server.listen(this.#options.host, this.#options.port);
    // The only replica always leads. With an election, measure this whenever it is won or lost.
    this.#options.telemetry.measure("leadership", { leader: true });
    this.#supervisor.start();
    return url;
  }

  /** Asks for a sync. Returns `false` for a repository that is not synced here. */
  trigger(repoName: string, trigger: Trigger): boolean {
    return this.#supervisor.trigger(repoName, trigger);
  }

  /** One entry for each repository, as `/healthz` shows them. */
  status(): WorkerStatus[] {
    return this.#supervisor.status();
  }

  /** Takes no more triggers, lets a running apply end within `deadlineMs`, and leaves nothing running. */
  async stop(deadlineMs: number): Promise<void> {
    await Promise.all([this.#supervisor.stop(deadlineMs), this.#server.close()]);
  }

  #createWorker(repository: Repository): Worker {
    const { telemetry, createTarget, dataDirectory, intervals, gitTimeoutMs = 120_000 } = this.#options;
    const cache = new CommitCache(telemetry);
    const triggers = new Triggers(() => this.#reportQueueDepth());
    this.#triggers.set(repository.name, triggers);
    const git = new GitClone({
      url: repository.url,
      branch: repository.branch,
      directory: join(dataDirectory, cloneName(repository)),
      timeoutMs: gitTimeoutMs,
    });
    const target = createTarget(repository.name);
    const parse = createThreadParser();
    const startOrder = this.#startOrder;
    const synchronizer = new Synchronizer(repository, { telemetry, git, cache, parse, target, startOrder });
    return new Worker(repository, { telemetry, synchronizer, cache, triggers, intervals });
  }

  #reportQueueDepth(): void {
    let depth = 0;
    for (const triggers of this.#triggers.values()) depth += triggers.depth;
    this.#options.telemetry.measure("queue_depth", { queue: "triggers", depth });
  }
}

/** A clone is used again after a restart; never for another remote or branch that goes by the same name. */
function cloneName({ name, url, branch = "" }: Repository): string {
  const fingerprint = createHash("sha256")
    .update(`${parseRemote(url).url}\n${branch}`)
    .digest("hex")
    .slice(0, 12);
  return `${name}-${fingerprint}.git`;
}

/** An error may quote the address that it failed on, credentials included. */
function stackOf(error: unknown): string {
  return redactText(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
