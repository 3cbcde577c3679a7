import type { AluminiEvent } from "@alumiini/core";
import { createTelemetry } from "@alumiini/core";
import { readProperty } from "@alumiini/core/adapter";
import {
  assert,
  type ConformanceCase,
  PATIENCE_MS,
  recordEvents,
  subscriberConformance,
  within,
} from "@alumiini/core/testing";
import type { DeliveryOptions, Sink } from "../index.js";
import { MemoryOutbox } from "./memory-outbox.js";

/** A receiver for one case, and the way to make sinks that send to it. */
export interface SinkFixture {
  /** Makes a sink of the kind that is tested, one message to an event, with these options. The kit closes it. */
  createSink(options: DeliveryOptions): Sink;
  /** The ids of the events that the receiver has got, in the order in which they came; repeated where they came again. */
  received(): readonly string[] | PromiseLike<readonly string[]>;
  /** Makes the receiver unreachable, or deaf: from now on it takes nothing. It is up at the start. */
  down(): void | PromiseLike<void>;
  /** Makes the receiver reachable again. */
  up(): void | PromiseLike<void>;
  /**
   * Has the receiver always fail, with an answer that may be retried, on the event with this id, and go on taking
   * all others. Needed for `poison` only.
   */
  refuse?(id: string): void | PromiseLike<void>;
  /** Stops whatever was started. */
  dispose?(): void | PromiseLike<void>;
}

/** What more the kit checks. */
export interface SinkConformanceOptions {
  /** Checks that one event that the receiver fails on stops no other; the fixture needs `refuse`. Default false. */
  readonly poison?: boolean | undefined;
}

/** Short pauses, so that an outage of some milliseconds takes some milliseconds. */
const BRISK: DeliveryOptions = {
  lingerMs: 1,
  attemptTimeoutMs: 2000,
  retry: { initialDelayMs: 10, maxDelayMs: 100 },
  onFailure: () => {},
};
const REPOSITORIES = ["app-0", "app-1", "app-2", "app-3"];

/**
 * The requirements that every sink must meet, those of a subscriber included, as cases for any test framework.
 *
 * @example
 * ```ts
 * import { createSink, eventMessages, type Message } from "@alumiini/delivery";
 * import { sinkConformance } from "@alumiini/delivery/testing";
 * import { describe, it } from "vitest";
 *
 * function fixture() {
 *   const got: Message[] = [];
 *   let down = false;
 *   const send = async (batch: readonly Message[]) => {
 *     if (down) throw new Error("down");
 *     got.push(...batch);
 *     return batch.map(() => ({ status: "delivered" as const }));
 *   };
 *   return {
 *     createSink: (options: object) =>
 *       createSink({ name: "mine", transport: { send }, messages: eventMessages(), ...options }),
 *     received: () => got.map(({ id }) => id),
 *     down: () => void (down = true),
 *     up: () => void (down = false),
 *   };
 * }
 *
 * describe("conformance", () => {
 *   for (const { name, run } of sinkConformance(fixture)) it(name, run);
 * });
 * ```
 */
export function sinkConformance(
  createFixture: () => SinkFixture | PromiseLike<SinkFixture>,
  { poison = false }: SinkConformanceOptions = {},
): ConformanceCase[] {
  const one = (name: string, check: (kit: SinkKit) => Promise<void>): ConformanceCase => ({
    name,
    async run() {
      const kit = new SinkKit(await createFixture());
      try {
        await check(kit);
      } finally {
        await kit.dispose();
      }
    },
  });
  // Which requirements there are does not depend on the fixture: each case makes its own.
  const inherited = subscriberConformance(() => Promise.reject(new Error("made by each case"))).map(({ name }, index) =>
    one(name, async (kit) => {
      await subscriberConformance(() => kit.open())[index]?.run();
    }),
  );

  return [
    ...inherited,

    one("delivers every event, in order for each repository", async (kit) => {
      const sink = kit.open();
      await within(PATIENCE_MS, "ready", sink.ready());
      const events = kit.emit(sink, 1000);
      await kit.flush(sink);
      await kit.expectReceived(events);
      const { accepted, delivered } = sink.stats();
      assert(accepted === delivered, `accepted ${accepted}, delivered ${delivered}`);
    }),

    one("is no burden while its receiver is down, and delivers once it is up", async (kit) => {
      await kit.fixture.down();
      const sink = kit.open();
      const events = kit.emit(sink, 100);
      await kit.fixture.up();
      await within(PATIENCE_MS, "ready", sink.ready());
      await kit.flush(sink);
      await kit.expectReceived(events);
    }),

    one("delivers what an outage in the middle held up, in order for each repository", async (kit) => {
      const sink = kit.open();
      const before = kit.emit(sink, 50);
      await kit.flush(sink);
      await kit.fixture.down();
      const during = kit.emit(sink, 50);
      await kit.untilTried(sink);
      await kit.fixture.up();
      const after = kit.emit(sink, 50);
      await kit.flush(sink);
      await kit.expectReceived([...before, ...during, ...after]);
    }),

    one("claims nothing to be delivered or refused while its receiver is down", async (kit) => {
      await kit.fixture.down();
      const sink = kit.open();
      const events = kit.emit(sink, 20);
      await kit.untilTried(sink);
      const { delivered, dropped, pending } = sink.stats();
      assert(delivered === 0, `${delivered} are said to be delivered, though nothing could take them`);
      assert(pending === 20, `${pending} of 20 are pending; dropped: ${JSON.stringify(dropped)}`);
      await kit.fixture.up();
      await kit.flush(sink);
      await kit.expectReceived(events);
      assert(sink.stats().delivered === 20, `${sink.stats().delivered} of 20 are said to be delivered`);
    }),

    one("runs outside of the asynchronous context of the code that emits", async (kit) => {
      const storage = createStorage();
      if (storage === undefined) return;
      const seen: unknown[] = [];
      const note = () => seen.push(storage.getStore());
      await kit.fixture.down();
      const sink = storage.run("making", () => kit.open({ onFailure: note }));
      const tooSmall = storage.run("making", () => kit.open({ maxBatchBytes: 1, onDeadLetter: note, onFailure: note }));
      storage.run("emitting", () => kit.emit(sink, 5));
      storage.run("emitting", () => kit.emit(tooSmall, 5));
      await kit.untilTried(sink);
      assert(
        tooSmall.stats().dropped.too_large === 5,
        "messages larger than maxBatchBytes are not dropped as too_large",
      );
      await within(
        PATIENCE_MS,
        "a report",
        until(() => seen.length > 1),
      );
      assert(
        seen.every((store) => store === undefined),
        `callbacks ran in the context ${seen.find(Boolean)}`,
      );
    }),

    one("has at most one exit listener with all sinks of the process, and none once they are closed", async (kit) => {
      const before = exitListeners();
      const sinks = [kit.open(), kit.open()];
      assert(exitListeners() <= before + 1, `${exitListeners() - before} listeners for two sinks`);
      for (const sink of sinks) await within(PATIENCE_MS, "close", sink.close(AbortSignal.timeout(PATIENCE_MS)));
      assert(exitListeners() === before, "the exit listener stays after the last close");
    }),

    ...(poison
      ? [
          one("lets one event that its receiver fails on stop no other repository", async (kit) => {
            const dead: string[] = [];
            const sink = kit.open({
              retry: { initialDelayMs: 10, maxDelayMs: 50, maxAttempts: 3 },
              onDeadLetter: (_message, reason) => dead.push(reason),
            });
            await within(PATIENCE_MS, "ready", sink.ready());
            // Nothing is sent before this code has run, so the receiver knows it in time.
            const events = kit.emit(sink, 40);
            const [bad] = events;
            if (bad === undefined) throw new Error("no event was emitted");
            if (kit.fixture.refuse === undefined) throw new Error("the fixture has no `refuse`");
            await kit.fixture.refuse(bad.id);
            const others = events.filter(({ repoName }) => repoName !== bad.repoName);
            const arrived = async () => {
              const received = new Set(await kit.fixture.received());
              return others.every(({ id }) => received.has(id));
            };
            await within(PATIENCE_MS, "the events of other repositories", until(arrived));
            // Attempts count while others pass.
            const deadline = performance.now() + PATIENCE_MS;
            while (dead.length === 0 && performance.now() < deadline) {
              events.push(...kit.emit(sink, REPOSITORIES.length));
              await pause(20);
            }
            assert(dead.join() === "attempts_exhausted", `the dead letters are: ${dead.join() || "none"}`);
            await kit.flush(sink);
            await kit.expectReceived(events.filter(({ id }) => id !== bad.id));
          }),
        ]
      : []),

    one("stays within its bounds while its receiver is down, and counts what it drops", async (kit) => {
      await kit.fixture.down();
      const sink = kit.open({ maxQueueMessages: 10 });
      kit.emit(sink, 100);
      const { accepted, queuedMessages, inFlight, dropped } = sink.stats();
      assert(queuedMessages + inFlight <= 10, `it holds ${queuedMessages + inFlight} messages, of at most 10`);
      assert(dropped.overflow === accepted - 10, `of ${accepted} accepted it says to have dropped ${dropped.overflow}`);
    }),

    one("closes in time while its receiver is down, and says what was lost", async (kit) => {
      await kit.fixture.down();
      const sink = kit.open();
      kit.emit(sink, 100);
      const closing = Promise.resolve(sink.close(AbortSignal.timeout(100)));
      await within(PATIENCE_MS, "close", Promise.allSettled([closing]));
      kit.expectAccounted(sink);
      assert(sink.stats().pending === 0, "messages are pending after close");
      assert(sink.stats().dropped.closed > 0, "the messages that were lost are not counted as closed");
    }),

    one("leaves to its outbox what it can't deliver, and the next one delivers it", async (kit) => {
      await kit.fixture.down();
      const outbox = new MemoryOutbox();
      const first = kit.open({ outbox });
      const events = kit.emit(first, 100);
      await within(PATIENCE_MS, "close", Promise.allSettled([first.close(AbortSignal.timeout(100))]));
      assert(first.stats().pending === 100, `${first.stats().pending} messages are pending, of 100`);
      await kit.fixture.up();
      const second = kit.open({ outbox: new MemoryOutbox(outbox.storage) });
      events.push(...kit.emit(second, 10));
      await within(PATIENCE_MS, "ready", second.ready());
      await kit.flush(second);
      await kit.expectReceived(events);
      assert(second.stats().recovered === 100, `${second.stats().recovered} messages were recovered, of 100`);
    }),
  ];
}

/** `AsyncLocalStorage`, where the platform has it. */
interface ContextStorage {
  run<T>(store: string, call: () => T): T;
  getStore(): unknown;
}

function createStorage(): ContextStorage | undefined {
  const process = readProperty(globalThis, "process");
  const getBuiltinModule = readProperty(process, "getBuiltinModule");
  if (typeof getBuiltinModule !== "function") return undefined;
  const AsyncLocalStorage = readProperty(
    Reflect.apply(getBuiltinModule, process, ["node:async_hooks"]),
    "AsyncLocalStorage",
  );
  if (typeof AsyncLocalStorage !== "function") return undefined;
  const storage: unknown = Reflect.construct(AsyncLocalStorage, []);
  return isStorage(storage) ? storage : undefined;
}

function isStorage(value: unknown): value is ContextStorage {
  return typeof readProperty(value, "run") === "function" && typeof readProperty(value, "getStore") === "function";
}

/** How many listeners the process has for its end; 0 where there is no process. */
function exitListeners(): number {
  const process = readProperty(globalThis, "process");
  const listenerCount = readProperty(process, "listenerCount");
  return typeof listenerCount === "function" ? Number(Reflect.apply(listenerCount, process, ["exit"])) : 0;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits for a condition, for as long as anybody waits for this. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition()) && performance.now() < deadline) await pause(5);
  assert(await condition(), "it did not happen in time");
}

/** One case's fixture, its sinks, and what they were given. */
class SinkKit {
  readonly #sinks: Sink[] = [];
  #emitted = 0;

  constructor(readonly fixture: SinkFixture) {}

  open(options: DeliveryOptions = {}): Sink {
    const sink = this.fixture.createSink({ ...BRISK, ...options });
    this.#sinks.push(sink);
    return sink;
  }

  /** Emits events of some repositories in turn; the books must balance after each. */
  emit(sink: Sink, count: number): AluminiEvent[] {
    const telemetry = createTelemetry({ clusterId: "conformance", onFailure: () => {} });
    const recorder = recordEvents();
    telemetry.subscribe(recorder);
    const subscription = telemetry.subscribe(sink);
    for (let index = 0; index < count; index++) {
      const repoName = REPOSITORIES[this.#emitted++ % REPOSITORIES.length] ?? "";
      telemetry.emit("sync_completed", { repoName, namespace: "default", trigger: "poll", durationMs: index });
      this.expectAccounted(sink);
    }
    const { failed } = subscription.stats();
    subscription.unsubscribe();
    assert(failed === 0, `handle failed on ${failed} events`);
    return [...recorder.events];
  }

  /** Waits until the sink has tried to reach its receiver, and failed. */
  async untilTried(sink: Sink): Promise<void> {
    await within(
      PATIENCE_MS,
      "a failed attempt",
      until(() => sink.stats().lastError !== undefined || sink.stats().delivered + sink.stats().dropped.rejected > 0),
    );
    // What it makes of the next attempts shows soon.
    await pause(50);
  }

  async flush(sink: Sink): Promise<void> {
    await within(PATIENCE_MS, "flush", sink.flush(AbortSignal.timeout(PATIENCE_MS)));
    this.expectAccounted(sink);
    const { pending, lastError } = sink.stats();
    assert(pending === 0, `${pending} messages are pending after flush; ${lastError}`);
  }

  expectAccounted(sink: Sink): void {
    const { accepted, delivered, dropped, pending } = sink.stats();
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    const books = `accepted ${accepted}, delivered ${delivered}, dropped ${lost}, pending ${pending}`;
    assert(accepted === delivered + lost + pending, `the books do not balance: ${books}`);
  }

  /** Each event has come, and the first time that each came keeps the order of its repository. */
  async expectReceived(events: readonly AluminiEvent[]): Promise<void> {
    const received = new Set(await this.fixture.received());
    for (const repoName of REPOSITORIES) {
      const expected = events.filter((event) => event.repoName === repoName).map(({ id }) => id);
      const wanted = new Set(expected);
      const got = [...received].filter((id) => wanted.has(id));
      assert(got.length === expected.length, `of ${expected.length} events of ${repoName}, ${got.length} came`);
      assert(got.join() === expected.join(), `the events of ${repoName} came out of order`);
    }
  }

  async dispose(): Promise<void> {
    await Promise.allSettled(this.#sinks.map((sink) => sink.close(AbortSignal.timeout(PATIENCE_MS))));
    await this.fixture.dispose?.();
  }
}
