import { redactText, type Telemetry } from "@alumiini/core";
import { closeOnSignals } from "@alumiini/core/node";
import type { Sink } from "@alumiini/delivery";
import { type Logger, pino } from "pino";
import { Registry } from "prom-client";
import { UsageError } from "../cli/usage-error.js";
import { SyncError } from "../errors.js";
import { createInstrumentation } from "../instrumentation.js";
import { logStream } from "../log-stream.js";
import { demoCdeventsSink } from "./cdevents.js";
import { Demo } from "./demo.js";
import { demoKafkaSink } from "./kafka.js";
import { demoNatsSink } from "./nats.js";
import { HELP, parseDemoOptions } from "./options.js";

/** Brokers and receivers answer slowly on a busy machine, and nobody waits for a demo to end at once. */
const CLOSE_TIMEOUT_MS = 20_000;

async function main(): Promise<void> {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(HELP);
    return;
  }
  const logger = pino(logStream(options.json ? "json" : "pretty"));
  const registry = new Registry();
  const sinks = [
    ...(options.nats === undefined ? [] : [demoNatsSink(options.nats, logger)]),
    ...(options.kafka === undefined ? [] : [demoKafkaSink(options.kafka, logger)]),
    ...(options.cdevents === undefined ? [] : [demoCdeventsSink(options.cdevents, logger)]),
  ];
  const telemetry = createInstrumentation({ ...options, clusterId: "demo", logger, registry, sinks });
  const print = (text: string) => process.stdout.write(options.json ? "" : text);
  const demo = new Demo({ ...options, telemetry, registry, logger, print });

  let stopping = false;
  closeOnSignals(
    { close: (closeOptions) => closeAndAccount(telemetry, sinks, logger, closeOptions) },
    {
      beforeClose: (signal) => {
        stopping = true;
        logger.info(`${signal}: stopping`);
        return demo.close();
      },
    },
  );

  try {
    const passed = await demo.run();
    if (stopping) return;
    if (!passed) {
      process.exitCode = 1;
      process.stderr.write("demo: a step did not see the events that it must: see ✘ above\n");
    }
    if (passed && !options.once) {
      demo.keepPolling();
      print("  Still syncing. Ctrl-C to stop.\n");
      return;
    }
  } catch (error) {
    // Cut short by a signal: `closeOnSignals` sees to the end.
    if (stopping) return;
    await demo.close();
    throw error;
  }
  await demo.close();
  await closeAndAccount(telemetry, sinks, logger, { timeoutMs: CLOSE_TIMEOUT_MS });
}

/** Closes telemetry and shows that the log, and each sink, has every event. */
async function closeAndAccount(
  telemetry: Telemetry,
  sinks: readonly Sink[],
  logger: Logger,
  options?: Parameters<Telemetry["close"]>[0],
) {
  await telemetry.close(options);
  for (const sink of sinks) {
    const { accepted, delivered } = sink.stats();
    logger.info({ accepted, delivered }, `Closed ${sink.name}: ${delivered} of ${accepted} events delivered`);
  }
  const log = telemetry.stats().subscribers.find(({ name }) => name === "pino");
  if (log === undefined) return;
  const { accepted, delivered } = log;
  logger.info({ accepted, delivered }, `Closed: ${accepted} events emitted, ${delivered} of them in the log`);
}

main().catch((error: unknown) => {
  const expected = error instanceof UsageError || error instanceof SyncError;
  const text = error instanceof Error ? ((expected ? error.message : error.stack) ?? error.message) : String(error);
  process.stderr.write(`demo: ${redactText(text)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
