/// <reference lib="esnext.disposable" />
import type { AluminiEvent, HandleContext, Measurement, Subscriber } from "@alumiini/core";
import {
  BoundedMap,
  callback,
  group,
  milliseconds,
  objectWith,
  type ReadOptions,
  type RulesFor,
  readOptions,
  required,
} from "@alumiini/core/adapter";
import type { Consumption } from "./consume/intake.js";
import { consumeJetStream } from "./consume/jetstream/consume.js";
import type { JetStreamOptions } from "./consume/jetstream/options.js";
import { consumeKafka, type KafkaOptions } from "./consume/kafka/consume.js";
import { dora } from "./dora/dora.js";
import { createHandler, type HttpOptions } from "./http/handler.js";
import { type NodeHandler, nodeHandler } from "./http/node.js";
import type { Intake } from "./intake/intake.js";
import { ownEvent, type ReadEvent } from "./intake/own-event.js";
import { Receiver } from "./intake/receiver.js";
import { suspensionOf } from "./intake/suspension.js";
import { createProjector } from "./projections/projector.js";
import { retentionChanges } from "./projections/retention.js";
import { TABLES } from "./projections/tables.js";
import type { Queries } from "./queries/answers/queries.js";
import { around } from "./queries/around/around.js";
import type { QueryContext } from "./queries/context.js";
import { deadLetters, gaps, stats } from "./queries/delivery.js";
import { events } from "./queries/events.js";
import { fleet } from "./queries/fleet.js";
import { search } from "./queries/search.js";
import { slo } from "./queries/slo.js";
import { sync } from "./queries/sync.js";
import { syncs } from "./queries/syncs.js";
import { TailSignal, tail } from "./queries/tail.js";
import { timeline } from "./queries/timeline.js";
import { RETENTION_RULES, Retention, type RetentionOptions } from "./retention/retention.js";
import { StoreError } from "./store/errors.js";
import { ObservedSpans } from "./store/observed.js";
import { isRecordedElsewhere } from "./store/recorders.js";
import type { ExportOptions, Projector, Retained, Store, StoreOptions, StoreWarning } from "./store/store.js";

/** What `openHistory` takes. */
export interface HistoryOptions {
  /** `duckdbStore({ path })` or `postgresStore({ connectionString })`. */
  readonly store: StoreOptions;
  /** What is deleted when. Default: nothing. */
  readonly retention?: RetentionOptions | undefined;
  /** Called when something went wrong without stopping the history. Default: one line on the console's error stream. */
  readonly onWarning?: ((warning: HistoryWarning) => void) | undefined;
  /** Milliseconds since the Unix epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** How long an event waits for its group, in milliseconds. Default 200. */
  readonly maxDelayMs?: number | undefined;
}

/** When the first DORA answer is made ahead: whatever is asked right after opening comes first. */
const PREPARE_AFTER_MS = 1_000;

/** How long what waits is offered to a store that is away, once the history is being closed. */
const CLOSE_AFTER_MS = 10_000;

/** What went wrong without stopping the history. */
export interface HistoryWarning {
  readonly code: StoreWarning["code"] | "store_failed" | "retention_failed";
  readonly message: string;
}

/** An open history. */
export interface History extends Queries, Intake, AsyncDisposable {
  readonly store: Store;
  /**
   * A subscriber for a telemetry instance in the same process. It keeps no queue without bounds: while the store is
   * unavailable and 20,000 rows wait, further events are dropped and counted in `stats().dropped`.
   */
  subscriber(options?: { readonly name?: string | undefined }): Subscriber;
  /**
   * Reads a JetStream stream with a durable consumer: a message is acknowledged when its row is committed. Closing the
   * history stops it; the connection stays yours.
   */
  consumeJetStream(options: JetStreamOptions): Promise<Consumption>;
  /** Reads Kafka topics: an offset is committed when its row is. Closing the history stops it; the client stays yours. */
  consumeKafka(options: KafkaOptions): Promise<Consumption>;
  /** Serves `/v1/…` on Fetch runtimes. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** The same for `createServer` of `node:http`. */
  nodeHandler(options?: HttpOptions): NodeHandler;
  /** Makes all projections again from the raw events. Resolves to their number. */
  rebuild(): Promise<number>;
  /**
   * Resolves to whether another process records into the same store (PostgreSQL), which takes up to 25 seconds to tell. Ask
   * before anything is recorded by this one.
   */
  isRecordedElsewhere(): Promise<boolean>;
  /**
   * Deletes what is older than a time, in milliseconds since the Unix epoch; what follows from it stays known.
   *
   * @throws {RangeError} for a time that is none, or has not come yet: everything until then would be refused.
   */
  retain(cutoff: number): Promise<Retained>;
  /** Writes a copy that opens as a store (DuckDB only). */
  backup(file: string): Promise<void>;
  /** Writes a table to a new file. Resolves to the number of rows. */
  export(options: ExportOptions): Promise<number>;
  /** Resolves when everything that was handed over before is committed. */
  flush(): Promise<void>;
  /**
   * Stores what waits, then closes the store. What can't be stored within 10 seconds, because the store is away, is given
   * up: its senders are told so, and streams deliver it again.
   */
  close(): Promise<void>;
}

/** Relayed events of which a subscriber remembers that they are stored. */
const MOST_LATELY = 20_000;

const RULES = {
  store: required(objectWith<StoreOptions>("what duckdbStore() or postgresStore() returns", "open")),
  retention: group(RETENTION_RULES),
  onWarning: callback<(warning: HistoryWarning) => void>(),
  now: callback<() => number>(),
  maxDelayMs: milliseconds(0, 200),
} satisfies RulesFor<HistoryOptions>;

/**
 * Opens a history: it stores events of all forms, and answers what broke, when, and how well it is delivered. Where
 * another version has written the store, the projections are made again first, which takes a minute for a million events.
 *
 * @throws {StoreError} where the store can't be opened: `StoreHeld` when another process has it, `MissingClient` when
 * the engine's package is not installed.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { duckdbStore, openHistory } from "@alumiini/history";
 *
 * const history = await openHistory({ store: duckdbStore({ path: "history.duckdb" }) });
 * const telemetry = createTelemetry({ clusterId: "prod-eu" });
 * telemetry.subscribe(history.subscriber());
 * const { items } = await history.fleet({ states: ["failing"] });
 * ```
 */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const resolved = readOptions("openHistory", options, RULES);
  const { now = Date.now, onWarning = warnOnConsole, maxDelayMs } = resolved;
  const store = await resolved.store.open([...TABLES], onWarning);
  const projector = createProjector(store);
  // Until they are made again, answers would be wrong or missing, and nothing would say why.
  if (store.projectedBy !== projector.version) await rebuildOrClose(store, projector);
  const instance = `${now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
  const stored = new TailSignal();
  const observed = new ObservedSpans(instance, now());
  const receiver = new Receiver(store, projector, instance, now, {
    // A store that is only read has no time of recording of its own.
    ...(!store.readOnly && { observed }),
    onStored: () => stored.notify(),
    onFailure: (error: StoreError) => onWarning({ code: "store_failed", message: error.message }),
    maxDelayMs,
  });
  const context: QueryContext = { store, now };
  const closing = new AbortController();
  const retention = startRetention(resolved.retention);
  const consumptions: Consumption[] = [];
  const preparing = setTimeout(prepare, PREPARE_AFTER_MS).unref();
  let closed: Promise<void> | undefined;

  const queries: Queries = {
    fleet: (input) => fleet(context, input),
    syncs: (input) => syncs(context, input),
    sync: (input) => sync(context, input),
    timeline: (input) => timeline(context, input),
    around: (input) => around(context, input),
    slo: (input) => slo(context, input),
    dora: (input) => dora(context, input),
    events: (input) => events(context, input),
    deadLetters: (input) => deadLetters(context, input),
    gaps: (input) => gaps(context, input),
    stats: () => stats(context, receiver.counts()),
    search: (input) => search(context, input),
    tail(input = {}) {
      const signal = input.signal === undefined ? closing.signal : AbortSignal.any([input.signal, closing.signal]);
      return tail(context, { ...input, signal }, { signal: stored, polls: store.sharedWriters });
    },
  };

  const history: History = {
    ...queries,
    store,
    intake: (messages) => receiver.intake(messages),
    room: () => receiver.room(),
    subscriber: ({ name = "history" } = {}) => subscriberOf(name),
    consumeJetStream: (jetStream) =>
      follow(consumeJetStream(jetStream, { store, intake: receiver, observer: observed })),
    consumeKafka: (kafka) => follow(consumeKafka(kafka, { store, intake: receiver, observer: observed })),
    fetch: createHandler(queries),
    nodeHandler: (httpOptions) => nodeHandler(createHandler(queries, httpOptions)),
    isRecordedElsewhere: () => isRecordedElsewhere(store),
    async rebuild() {
      await receiver.flush();
      return await store.rebuild(projector);
    },
    retain,
    backup: (file) => store.backup(file),
    export: (exported) => store.export(exported),
    flush: () => receiver.flush(),
    close() {
      closed ??= close();
      return closed;
    },
    async [Symbol.asyncDispose]() {
      await history.close();
    },
  };
  return history;

  function subscriberOf(name: string): Subscriber {
    // Events that were not stored: `stored` must not resolve over them.
    let lost = 0;
    let told = 0;
    let asking = 0;
    // Relayed events that are stored: who answers for one of them need not wait for what came after it.
    const lately = new BoundedMap<string, true>(MOST_LATELY);
    const take = async (event: ReadEvent): Promise<void> => {
      if (
        receiver.hasRoom &&
        (await receiver.take(event).then(
          () => true,
          () => false,
        ))
      )
        return;
      receiver.drop();
      lost++;
      throw new StoreError("The history could not store an event. stats() and the warnings say why.");
    };
    // A rejection counts as a fault of the subscriber, which is detached after several in a row. What the controller
    // emits can't be had again, so it is counted and no more.
    const takeAsIs = (event: ReadEvent) => take(event).catch(() => {});
    return {
      name,
      handle(event: AluminiEvent, context?: HandleContext) {
        const own = ownEvent(event, { form: "alumiini", rank: 0, messageId: event.id });
        if (!context?.relayed) return takeAsIs(own);
        // A relayed event comes again when its sender is answered that it was not stored; telemetry must know.
        return take(own).then(() => lately.set(event.id, true));
      },
      measure: (measurement: Measurement) => {
        const event = suspensionOf(measurement);
        return event === undefined ? undefined : takeAsIs(event);
      },
      async flush() {
        await receiver.flush();
      },
      async stored(_signal, eventIds) {
        if (eventIds?.every((id) => lately.has(id))) return;
        const before = told;
        asking++;
        try {
          await receiver.flush();
          if (lost > before) throw new StoreError(`The history could not store ${lost - before} events.`);
        } finally {
          // If several ask at once, none may assume that another has reported the loss.
          if (--asking === 0) told = lost;
        }
      },
    };
  }

  async function follow(started: Promise<Consumption>): Promise<Consumption> {
    const consumption = await started;
    consumptions.push(consumption);
    return consumption;
  }

  async function retain(cutoff: number): Promise<Retained> {
    if (!Number.isSafeInteger(cutoff) || cutoff < 0 || cutoff > now()) {
      throw new RangeError(`retain: ${cutoff} is no time that has come. Fix: give milliseconds since 1970, up to now`);
    }
    await receiver.flush();
    const retained = await store.retain(cutoff, (read) => retentionChanges(read, cutoff), projector);
    receiver.expire(retained.deleted["events"] ?? 0);
    // Forgets the deployments it knew.
    if (!closing.signal.aborted) preparing.refresh();
    return retained;
  }

  function prepare(): void {
    // It reads all syncs and remembers what follows from them. Where it fails, the first question does so.
    dora({ ...context, signal: closing.signal }).catch(() => {});
  }

  function startRetention(chosen: ReadOptions<typeof RETENTION_RULES>): Retention | undefined {
    if (store.readOnly || (chosen.maxAgeMs === undefined && chosen.maxBytes === undefined)) return undefined;
    const warn = (message: string) => onWarning({ code: "retention_failed", message });
    return new Retention(chosen, { store, now, monotonic: () => performance.now(), retain, warn });
  }

  async function close(): Promise<void> {
    // While the store is away, nothing that waits for it would ever end.
    const giveUp = setTimeout(() => void store.close().catch(() => {}), CLOSE_AFTER_MS);
    closing.abort();
    clearTimeout(preparing);
    await retention?.close();
    // Each reports its own failure to its owner; none may keep the others from being stored.
    await Promise.allSettled(consumptions.map((consumption) => consumption.stop()));
    await receiver.close();
    clearTimeout(giveUp);
    await store.close();
  }
}

async function rebuildOrClose(store: Store, projector: Projector): Promise<void> {
  try {
    if (store.readOnly) {
      throw new StoreError(
        "The store's projections are incomplete, or another version has made them. Fix: open it once without readOnly",
      );
    }
    await store.rebuild(projector, { ifNeeded: true });
  } catch (error) {
    await store.close();
    throw error;
  }
}

function warnOnConsole({ code, message }: HistoryWarning): void {
  // biome-ignore lint/suspicious/noConsole: warnings are never silent, and no better place is known here
  console.error(`@alumiini/history: ${code}: ${message}`);
}
