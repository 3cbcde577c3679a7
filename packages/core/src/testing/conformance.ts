import { createTelemetry } from "../emitter/create-telemetry.js";
import type { FailureReport } from "../emitter/failure.js";
import { describeFailure } from "../emitter/failure.js";
import type { Subscriber } from "../emitter/subscriber.js";
import type { Telemetry } from "../emitter/telemetry.js";
import type { AluminiEvent } from "../event/event.js";
import { EVENT_TYPES } from "../event/taxonomy.js";
import { ABORT_GRACE_MS, assert, type ConformanceCase, PATIENCE_MS, within } from "./expectations.js";
import {
  emitPlainSamples,
  emitSamples,
  measureSamples,
  operateSamples,
  sampleEvents,
  sampleMeasurements,
} from "./samples.js";

/** Makes a fresh subscriber for each case, attached to whatever it writes to. */
export type SubscriberFactory = () => Subscriber | PromiseLike<Subscriber>;

/**
 * The requirements that every subscriber must meet, as cases for any test framework. The subscriber is closed at the
 * end of each case; what it writes to is the caller's to make and to stop.
 *
 * @example
 * ```ts
 * import { recordEvents, subscriberConformance } from "@alumiini/core/testing";
 * import { describe, it } from "vitest";
 *
 * describe("conformance", () => {
 *   for (const { name, run } of subscriberConformance(() => recordEvents())) it(name, run);
 * });
 * ```
 */
export function subscriberConformance(createSubscriber: SubscriberFactory): ConformanceCase[] {
  const one = (name: string, check: (subscriber: Subscriber) => Promise<void>): ConformanceCase => ({
    name,
    async run() {
      const subscriber = await createSubscriber();
      try {
        await check(subscriber);
      } finally {
        await subscriber.close?.(AbortSignal.timeout(PATIENCE_MS));
      }
    },
  });

  return [
    one("has a name, and asks for event types that exist", async ({ name, types }) => {
      assert(typeof name === "string" && name !== "", "name must be a non-empty string");
      for (const type of types ?? [])
        assert(EVENT_TYPES.includes(type), `types names "${type}", which is no event type`);
    }),

    one("takes every event: full, minimal and hostile", async (subscriber) => {
      await throughTelemetry(subscriber, (deliver) => deliver());
    }),

    one("takes a thousand events at once and flushes them all", async (subscriber) => {
      await throughTelemetry(subscriber, (deliver, telemetry) => {
        deliver();
        emitPlainSamples(telemetry, 1000);
      });
    }),

    one("does not fail when an event comes while it flushes", async (subscriber) => {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      for (const event of accepted(subscriber)) {
        const flushing = subscriber.flush?.(signal);
        await subscriber.handle(event);
        await flushing;
      }
      await subscriber.flush?.(signal);
    }),

    one("flushes with nothing to flush, and twice", async (subscriber) => {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      await within(PATIENCE_MS, "flush", subscriber.flush?.(signal));
      await within(PATIENCE_MS, "the second flush", subscriber.flush?.(signal));
    }),

    one("says when what it took is stored", async (subscriber) => {
      for (const event of accepted(subscriber)) await subscriber.handle(event);
      await within(PATIENCE_MS, "stored", subscriber.stored?.(AbortSignal.timeout(PATIENCE_MS)));
      for (const event of accepted(subscriber)) await subscriber.handle(event);
      await within(ABORT_GRACE_MS, "stored with an aborted signal", settle(subscriber.stored?.(AbortSignal.abort())));
    }),

    one("takes relayed events, late ones too", async (subscriber) => {
      for (const late of [false, true]) {
        for (const event of accepted(subscriber)) await subscriber.handle(event, { relayed: true, late });
      }
      await within(PATIENCE_MS, "flush", subscriber.flush?.(AbortSignal.timeout(PATIENCE_MS)));
    }),

    one("settles soon after its signal aborts", async (subscriber) => {
      for (const event of accepted(subscriber)) await subscriber.handle(event);
      // It may resolve or reject: what was not flushed is the error's to say.
      await within(ABORT_GRACE_MS, "flush with an aborted signal", settle(subscriber.flush?.(AbortSignal.abort())));
    }),

    one("ignores what comes after close", async (subscriber) => {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      await within(PATIENCE_MS, "close", subscriber.close?.(signal));
      for (const event of accepted(subscriber)) await subscriber.handle(event);
      for (const measurement of sampleMeasurements()) await subscriber.measure?.(measurement);
      await within(PATIENCE_MS, "flush after close", subscriber.flush?.(signal));
    }),

    one("goes along with operations: nested, failing, hostile", async (subscriber) => {
      await throughTelemetry(callingOnce(subscriber), (_, telemetry) => operateSamples(telemetry));
    }),

    one("lives beside another of its kind", async (subscriber) => {
      const other = await createSubscriber();
      assert(other !== subscriber, "the factory must make a new subscriber each time");
      await throughTelemetry(other, (deliver) => deliver());
      await other.close?.(AbortSignal.timeout(PATIENCE_MS));
      await throughTelemetry(subscriber, (deliver) => deliver());
    }),
  ];
}

/** Hands over samples as telemetry does, and demands that nothing failed and nothing is left. */
async function throughTelemetry(
  subscriber: Subscriber,
  drive: (deliver: () => void, telemetry: Telemetry) => void,
): Promise<void> {
  const reports: FailureReport[] = [];
  const telemetry = createTelemetry({ clusterId: "conformance", onFailure: (report) => reports.push(report) });
  const subscription = telemetry.subscribe(subscriber);
  drive(() => {
    emitSamples(telemetry);
    measureSamples(telemetry);
  }, telemetry);
  await within(PATIENCE_MS, "flush", telemetry.flush({ timeoutMs: PATIENCE_MS }));
  const stats = subscription.stats();
  subscription.unsubscribe();
  assert(reports.length === 0, `it failed: ${reports.slice(0, 1).map(describeFailure)}`);
  assert(stats.failed === 0 && stats.pending === 0, `failed ${stats.failed}, pending ${stats.pending} after flush`);
  assert(stats.delivered === stats.accepted, `accepted ${stats.accepted}, delivered ${stats.delivered}`);
}

/** The subscriber, whose `run` fails unless it calls its argument once. */
function callingOnce(subscriber: Subscriber): Subscriber {
  return {
    name: subscriber.name,
    types: subscriber.types,
    handle: (event, context) => subscriber.handle(event, context),
    measure: (measurement) => subscriber.measure?.(measurement),
    flush: (signal) => subscriber.flush?.(signal),
    stored: (signal) => subscriber.stored?.(signal),
    begin(start) {
      const context = subscriber.begin?.(start);
      if (context?.run === undefined) return context;
      const run = (call: () => void) => {
        let calls = 0;
        context.run?.(() => {
          calls++;
          call();
        });
        assert(calls === 1, `the run of ${start.operation} made ${calls} calls, not one`);
      };
      return { ...context, run };
    },
  };
}

let samples: readonly AluminiEvent[] | undefined;

function accepted(subscriber: Subscriber) {
  // They are frozen: the cases can share them.
  samples ??= sampleEvents();
  return samples.filter((event) => subscriber.types === undefined || subscriber.types.includes(event.type));
}

async function settle(work: void | PromiseLike<void>): Promise<void> {
  await Promise.allSettled([work]);
}
