import type { AluminiEvent, EventType, HandleContext } from "@alumiini/core";
import { readOptions, required, text, wholeNumber } from "@alumiini/core/adapter";
import { createSink, type DeliveryOptions, eventMessages, type Sink } from "@alumiini/delivery";
import { occurrence } from "../encode/occurrence.js";
import { TAPIO_RULES, type TapioOptions } from "../model/options.js";
import { directoryTransport } from "./directory-transport.js";

/** What `occurrenceDirectory` takes, beside the options that all sinks share. */
export interface OccurrenceDirectoryOptions extends DeliveryOptions, TapioOptions {
  /** Where to write; created if it doesn't exist. TAPIO's command line reads `.tapio/occurrences` by default. */
  readonly directory: string;
  /** The most files to keep, 1 or more: the oldest ones of the same `source` make room. Default 1,000. */
  readonly maxFiles?: number | undefined;
  /** The event types to write. Default: all. */
  readonly types?: readonly EventType[] | undefined;
  /** Names the sink in reports and metrics. Default `occurrence-directory`. */
  readonly name?: string | undefined;
  /** Default: `process.pid`. Relayed events come from another process: they get neither `pid` nor `resource`. */
  readonly pid?: number | undefined;
}

const RULES = {
  ...TAPIO_RULES,
  directory: required(text(undefined)),
  maxFiles: wholeNumber(1, Number.MAX_SAFE_INTEGER, 1000),
};
/** Files written in one go. */
const BATCH_MESSAGES = 100;

/**
 * Makes a sink that writes each event as a FALSE occurrence to `<id>.json`, for TAPIO's command line and MCP server.
 * Files are written atomically. The sink keeps at most `maxFiles` of its own and touches no other program's files. A
 * write that fails is retried with growing pauses; meanwhile events wait in the bounded queue that every sink has, and
 * `stats()` counts those that are dropped.
 *
 * @throws {TypeError} when an option is unusable. A directory that can't be written to is no error.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { detectResource } from "@alumiini/core/node";
 * import { occurrenceDirectory } from "@alumiini/tapio/node";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east", resource: detectResource() });
 * telemetry.subscribe(occurrenceDirectory({ directory: ".tapio/occurrences", resource: telemetry.resource }));
 * ```
 */
export function occurrenceDirectory(options: OccurrenceDirectoryOptions): Sink {
  const { directory, maxFiles, source, resource, pid, name = "occurrence-directory", types, ...delivery } = options;
  const settings = readOptions("occurrenceDirectory", { directory, maxFiles, source, resource, pid }, RULES);
  const encoder = new TextEncoder();
  const own = occurrence({ source, resource, pid: settings.pid ?? process.pid });
  const elsewhere = occurrence({ source });
  const relayed = new WeakSet<AluminiEvent>();
  const messages = eventMessages({
    encode: (event) => (relayed.has(event) ? elsewhere : own)(event),
    destination: ({ id }) => id,
    bind: ({ data }) => ({ headers: {}, body: encoder.encode(JSON.stringify(data)) }),
  });
  const sink = createSink({
    maxBatchMessages: BATCH_MESSAGES,
    ...delivery,
    // Two batches at once could together exceed `maxFiles`.
    maxInFlight: 1,
    name,
    types,
    transport: directoryTransport(settings),
    messages: Object.assign(messages, { single: true }),
  });
  return {
    ...sink,
    handle(event: AluminiEvent, context?: HandleContext) {
      // Another process emitted it, in another pod.
      if (context?.relayed) relayed.add(event);
      sink.handle(event);
    },
  };
}
