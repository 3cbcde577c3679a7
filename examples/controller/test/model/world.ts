import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { type AluminiEvent, createTelemetry, type Trigger } from "@alumiini/core";
import { parse } from "yaml";
import { classifyError } from "../../src/errors.js";
import { CommitCache } from "../../src/git/commit-cache.js";
import { StartOrder } from "../../src/start-order.js";
import { isHealthy, Supervisor } from "../../src/supervisor.js";
import { Synchronizer, type SynchronizerParts } from "../../src/synchronizer.js";
import { DirectoryTarget } from "../../src/targets/directory-target.js";
import { Triggers } from "../../src/triggers.js";
import { Worker } from "../../src/worker.js";
import { parseHere } from "../support.js";
import { Faults, withFaults } from "./faults.js";

/** What git has: the newest commit and what the cluster must hold; `undefined` while no sync can succeed. */
export type Truth = () => { readonly commit: string; readonly content: Readonly<Record<string, string>> } | undefined;

const HOUR = 3_600_000;
const REPOSITORY = { name: "app", namespace: "team", url: "https://example.com/app.git", path: "" };

/**
 * A controller of one repository (supervisor, worker, synchronizer, directory target; all but its HTTP interface), with
 * what outlives it: the cluster and the clone. Checks at the end of every sync that what it says is true.
 */
export class World {
  readonly violations: string[] = [];
  readonly faults: Faults;
  /** How many syncs completed, and failed. */
  completed = 0;
  failed = 0;
  readonly #root: string;
  readonly #objects: string;
  readonly #truth: Truth;
  readonly #git: (faults: Faults) => SynchronizerParts["git"];
  readonly #end = new AbortController();
  readonly #supervisors: Supervisor[] = [];
  #controller: { readonly supervisor: Supervisor; depth: number; open: number; isKilled: boolean } | undefined;
  #lastSync: "completed" | "failed" | undefined;

  constructor(root: string, truth: Truth, git: (faults: Faults) => SynchronizerParts["git"]) {
    this.#root = root;
    this.#objects = join(root, "default", "ConfigMap");
    this.#truth = truth;
    this.#git = git;
    this.faults = new Faults(() => this.kill(), this.#end.signal);
  }

  /** Starts the controller, where it does not run. */
  start(): void {
    if (this.#controller !== undefined) return;
    const telemetry = createTelemetry({ clusterId: "test", classifyError });
    const git = this.#git(this.faults);
    let triggers: Triggers | undefined;
    const supervisor = new Supervisor({
      telemetry,
      repositories: [REPOSITORY],
      createWorker: () => {
        const cache = new CommitCache(telemetry);
        triggers ??= new Triggers(() => {});
        const target = withFaults(new DirectoryTarget(this.#root, REPOSITORY.name), this.faults);
        const startOrder = new StartOrder([REPOSITORY.name]);
        const synchronizer = new Synchronizer(REPOSITORY, {
          telemetry,
          git,
          cache,
          parse: parseHere,
          target,
          startOrder,
        });
        const intervals = { pollMs: HOUR, reconcileMs: HOUR };
        return new Worker(REPOSITORY, { telemetry, synchronizer, cache, triggers, intervals });
      },
      restartDelayMs: 1,
      onCrash: () => {},
    });
    const controller = {
      supervisor,
      open: 0,
      isKilled: false,
      get depth() {
        return triggers?.depth ?? 1;
      },
    };
    telemetry.subscribe({ name: "model", handle: (event) => this.#check(event, controller) });
    this.#controller = controller;
    this.#supervisors.push(supervisor);
    supervisor.start();
  }

  /** Asks for a sync and waits until nothing is left to do; starts the controller again where it was killed. */
  async sync(trigger: Trigger): Promise<void> {
    this.start();
    this.#controller?.supervisor.trigger(REPOSITORY.name, trigger);
    await this.settle();
  }

  async settle(): Promise<void> {
    while (this.#controller !== undefined && !this.#isIdle()) await turn();
    // The worker hears of the end after the subscribers.
    for (let turns = 0; turns < 3; turns++) await turn();
    if (this.#controller === undefined) return;
    const workers = this.#controller.supervisor.status();
    if (isHealthy(workers) !== (this.#lastSync === "completed")) {
      this.violations.push(`/healthz says ${JSON.stringify(workers)} after a sync that ${this.#lastSync}`);
    }
  }

  /** kill -9. */
  kill(): void {
    if (this.#controller !== undefined) this.#controller.isKilled = true;
    this.#controller = undefined;
    this.#lastSync = undefined;
  }

  /** Edits, or without a value deletes, an object of ours by hand. */
  edit(name: string, value?: string): void {
    const path = join(this.#objects, `${name}.yaml`);
    if (!(name in this.cluster())) return;
    if (value === undefined) rmSync(path);
    else writeFileSync(path, `edited: "${value}"\n`);
  }

  /** Makes an object that is none of ours. */
  makeForeign(): void {
    mkdirSync(this.#objects, { recursive: true });
    writeFileSync(join(this.#objects, "foreign.yaml"), "of: somebody else\n");
  }

  /** What the cluster holds of ours: the value of each object by its name. */
  cluster(): Record<string, unknown> {
    const files = readdirOf(this.#objects).filter((file) => file.endsWith(".yaml") && file !== "foreign.yaml");
    const entries = files.map((file): [string, unknown] => {
      const object: unknown = parse(readFileSync(join(this.#objects, file), "utf8"));
      const name = file.replace(/\.yaml$/, "");
      return [name, dataOf(object) ?? object];
    });
    return Object.fromEntries(entries.sort());
  }

  /** Ends everything, also what was killed. */
  async close(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.stop(0)));
  }

  #isIdle(): boolean {
    const controller = this.#controller;
    if (controller === undefined) return true;
    const isRunning = controller.supervisor.status().every(({ state }) => state === "running");
    return isRunning && controller.open === 0 && controller.depth === 0;
  }

  #check(event: AluminiEvent, controller: { open: number; readonly isKilled: boolean }): void {
    if (controller.isKilled) return;
    if (event.type === "sync_started") controller.open++;
    if (event.type !== "sync_completed" && event.type !== "sync_failed") return;
    controller.open--;
    if (event.type === "sync_failed") {
      this.failed++;
      this.#lastSync = "failed";
      return;
    }
    this.completed++;
    this.#lastSync = "completed";
    const truth = this.#truth();
    const wanted = JSON.stringify([truth?.commit, Object.entries(truth?.content ?? {}).sort()]);
    const found = JSON.stringify([event.commit, Object.entries(this.cluster())]);
    if (truth === undefined || found !== wanted) {
      this.violations.push(`sync_completed (${event.trigger}) over ${found}; git has ${wanted}`);
    }
  }
}

function readdirOf(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function dataOf(object: unknown): string | undefined {
  if (typeof object !== "object" || object === null || !("data" in object)) return undefined;
  const { data } = object;
  if (typeof data !== "object" || data === null || !("value" in data)) return undefined;
  return typeof data.value === "string" ? data.value : undefined;
}
