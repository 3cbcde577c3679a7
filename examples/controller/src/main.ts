import { join } from "node:path";
import { redactText } from "@alumiini/core";
import { closeOnSignals } from "@alumiini/core/node";
import { pino } from "pino";
import { Registry } from "prom-client";
import { type CommandLine, HELP, parseCommandLine } from "./cli/options.js";
import { UsageError } from "./cli/usage-error.js";
import { Controller } from "./controller.js";
import { SyncError } from "./errors.js";
import { createInstrumentation } from "./instrumentation.js";
import { logStream } from "./log-stream.js";
import { DirectoryTarget } from "./targets/directory-target.js";
import { Inventory } from "./targets/inventory.js";
import { checkKubectl, KubectlTarget } from "./targets/kubectl-target.js";
import type { CreateTarget } from "./targets/target.js";

/** Time that running syncs get to finish before they are cut short. Kubernetes kills after 30 s. */
const STOP_DEADLINE_MS = 20_000;

async function main(): Promise<void> {
  const options = parseCommandLine(process.argv.slice(2), process.env);
  if (options === "help") {
    process.stdout.write(HELP);
    return;
  }
  const createTarget = await chooseTarget(options);
  const logger = pino(logStream(options.pretty ? "pretty" : "json"));
  const registry = new Registry();
  const telemetry = createInstrumentation({ ...options, logger, registry });
  const controller = new Controller({ ...options, createTarget, telemetry, registry, logger });
  closeOnSignals(telemetry, { beforeClose: () => controller.stop(STOP_DEADLINE_MS) });
  const url = await controller.start();
  logger.info(`Syncing ${options.repositories.map(({ name }) => name).join(", ")}; metrics at ${url}/metrics`);
}

async function chooseTarget({ kubeContext, target, dataDirectory }: CommandLine): Promise<CreateTarget> {
  if (kubeContext === undefined) return (repoName) => new DirectoryTarget(target, repoName);
  await checkKubectl(kubeContext, new AbortController().signal);
  const inventories = join(dataDirectory, "inventory", encodeURIComponent(kubeContext));
  return (repoName) => new KubectlTarget(kubeContext, repoName, new Inventory(inventories, repoName));
}

main().catch((error: unknown) => {
  const expected = error instanceof UsageError || error instanceof SyncError || isSystemError(error);
  const text = error instanceof Error ? ((expected ? error.message : error.stack) ?? error.message) : String(error);
  process.stderr.write(`controller: ${redactText(text)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

/** Such as a port in use or a directory that may not be written: the message says it all. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
