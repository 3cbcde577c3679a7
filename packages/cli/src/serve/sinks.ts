import { cdevents } from "@alumiini/cdevents";
import { httpSink } from "@alumiini/cdevents/http";
import type { Telemetry } from "@alumiini/core";
import type { Outbox, Sink } from "@alumiini/delivery";
import type { DeliveryCounts, RelayTarget } from "@alumiini/ingest";
import { kafkaSink } from "@alumiini/kafka-sink";
import { natsSink } from "@alumiini/nats-sink";
import { fileOutbox } from "@alumiini/outbox";
import type { SinksAnswer } from "@alumiini/page";
import type { Settings } from "../config/load.js";
import { outboxDirectory } from "../config/places.js";
import type { SinkName } from "../config/types.js";
import type { Log } from "./log.js";

/** A sink that `serve` forwards to, with what people call it. */
export interface Forwarding {
  readonly kind: SinkName;
  readonly title: string;
  readonly sink: Sink;
  readonly outbox: Outbox;
  /** The most bytes that the outbox takes. */
  readonly outboxMaxBytes: number;
}

const OUTBOX_MAX_BYTES = 2 ** 30;
/** Larger than any event: what is as full as this may not take the next one. */
const OUTBOX_MARGIN_BYTES = 2 ** 19;

/** Opens the configured sinks, each with an outbox of its own under the data directory. */
export function openSinks({ sinks = {}, data, publicUrl }: Settings, log: Log): Forwarding[] {
  const { nats, kafka, http } = sinks;
  const outboxOf = (kind: SinkName) => {
    const maxBytes = sinks[kind]?.outboxMaxBytes ?? OUTBOX_MAX_BYTES;
    return { outbox: fileOutbox({ directory: outboxDirectory(data, kind), maxBytes }), outboxMaxBytes: maxBytes };
  };
  const onFailureOf =
    (kind: SinkName) =>
    ({ message }: { readonly message: string }) =>
      log("warn", message, { sink: kind });
  const encoder = (format: "events" | "cdevents" | undefined) =>
    format === "cdevents" ? { encode: cdevents({ profile: "0.5.1", ...(publicUrl && { source: publicUrl }) }) } : {};
  const opened: Forwarding[] = [];
  if (nats !== undefined) {
    const { servers, stream, mode, contentMode, format, token, user, password: pass, tls } = nats;
    const connectOptions = {
      ...(token !== undefined && { token }),
      ...(user !== undefined && { user, pass }),
      ...(tls === true && { tls: {} }),
    };
    const stored = outboxOf("nats");
    const sink = natsSink({
      servers,
      stream,
      mode,
      contentMode,
      connectOptions,
      ...encoder(format),
      outbox: stored.outbox,
      onFailure: onFailureOf("nats"),
    });
    opened.push({ kind: "nats", title: `NATS ${stream ?? servers.join(", ")}`, sink, ...stored });
  }
  if (kafka !== undefined) {
    const { brokers, topic, contentMode, format, tls, sasl } = kafka;
    const stored = outboxOf("kafka");
    const sink = kafkaSink({
      brokers,
      topic,
      contentMode,
      ssl: tls,
      sasl: sasl && { mechanism: sasl.mechanism, username: sasl.user, password: sasl.password },
      ...encoder(format),
      outbox: stored.outbox,
      onFailure: onFailureOf("kafka"),
    });
    opened.push({ kind: "kafka", title: `Kafka ${topic}`, sink, ...stored });
  }
  if (http !== undefined) {
    const { url, token, contentMode, profile = "0.5.1" } = http;
    const stored = outboxOf("http");
    const sink = httpSink({
      url,
      contentMode,
      encode: cdevents({ profile, ...(publicUrl && { source: publicUrl }) }),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      outbox: stored.outbox,
      onFailure: onFailureOf("http"),
    });
    opened.push({ kind: "http", title: `CDEvents ${new URL(url).host}`, sink, ...stored });
  }
  return opened;
}

/**
 * The telemetry for deliveries, whose answers wait for no sink with a full outbox: a receiver that is down for long would end
 * taking deliveries, of which the history needs none but itself. The sink keeps what finds no room in memory, and counts what
 * it drops.
 */
export function withoutFullSinks(telemetry: Telemetry, forwardings: readonly Forwarding[]): RelayTarget {
  return {
    clusterId: telemetry.clusterId,
    relay: telemetry.relay,
    measure: telemetry.measure,
    stored(options) {
      const full = forwardings.filter(isFull).map(({ sink }) => sink.name);
      const subscribers = options?.subscribers?.filter((name) => !full.includes(name));
      return telemetry.stored({ ...options, ...(subscribers && { subscribers }) });
    },
  };
}

/** Asks the outbox itself, for each delivery: what a sink tells of itself takes as long as it has keys. */
function isFull({ outbox, outboxMaxBytes }: Forwarding): boolean {
  const { state, bytes } = outbox.stats();
  const margin = Math.max(OUTBOX_MARGIN_BYTES, outboxMaxBytes / 20);
  return state === "open" && bytes > outboxMaxBytes - margin;
}

/** The answer of `/v1/sinks`: what came to the door, and what became of the events that were forwarded. */
export function sinksAnswer(
  forwardings: readonly Forwarding[],
  deliveries: Readonly<Record<string, DeliveryCounts>>,
  now: number,
): SinksAnswer {
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
  return {
    asOf: now,
    deliveries: Object.entries(deliveries).map(([path, { received, accepted, duplicate, ignored, rejected }]) => ({
      path,
      received,
      accepted,
      duplicate,
      ignored: sum(ignored),
      refused: rejected,
    })),
    sinks: forwardings.map(({ kind, title, sink }) => {
      const { delivered, pending, dropped, oldestPendingMs, lastError } = sink.stats();
      return {
        name: title,
        kind,
        delivered,
        pending,
        dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
        oldestPendingAt: oldestPendingMs === undefined ? null : Math.round(now - oldestPendingMs),
        failure: pending > 0 ? (lastError ?? null) : null,
        durable: true,
      };
    }),
  };
}
