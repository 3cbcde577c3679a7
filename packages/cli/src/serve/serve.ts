import { rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { createTelemetry, type Telemetry } from "@alumiini/core";
import { describeError, RateLimiter } from "@alumiini/core/adapter";
import { makeDirectory } from "@alumiini/core/node";
import type { History } from "@alumiini/history";
import { ingestHandler, ingestMetrics } from "@alumiini/ingest";
import { type ArrivalHandler, nodeListener } from "@alumiini/ingest/node";
import { page } from "@alumiini/page";
import { metricsFetchHandler, prometheusSubscriber } from "@alumiini/prometheus";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Settings } from "../config/load.js";
import { addressFile } from "../config/places.js";
import { createAuth } from "./auth.js";
import { openHeldHistory } from "./held-history.js";
import type { Log } from "./log.js";
import { type Otlp, startOtlp } from "./otlp.js";

import { createRouter, type Listener, type Services } from "./router.js";
import { openSinks, sinksAnswer, withoutFullSinks } from "./sinks.js";
import { backfillHandler, sourcesOf } from "./sources.js";

/** A running `serve`. */
export interface Serving {
  readonly url: string;
  /** Stops taking deliveries, stores what was taken, and closes. Resolves to whether nothing is lost. */
  stop(): Promise<boolean>;
}

interface Running {
  readonly services: Services;
  readonly telemetry: Telemetry;
  readonly history: History;
  readonly otlp: Otlp | undefined;
  /** Open streams of `/v1/tail`, which end when the server stops. */
  readonly followers: ReadonlySet<ServerResponse>;
}

const STOP_TIMEOUT_MS = 20_000;

/**
 * Listens, opens the history, and answers. It listens first: while another process has the data it is alive and not
 * ready, and says who has it.
 */
export async function serve(settings: Settings, log: Log): Promise<Serving> {
  await makeDirectory(settings.data, 0o700);
  const document = page();
  const stopping = new AbortController();
  let running: Running | undefined;
  let notReady: string | undefined = "starting";
  const secure = settings.publicUrl?.startsWith("https:") ?? false;
  const router = createRouter(settings, createAuth(settings.auth?.token, secure), () => ({
    services: running?.services,
    notReady,
    page: document,
  }));
  const server = createServer(router);
  // Ingest has limits of its own for bodies. These are for headers that never end, and for bodies that nobody reads.
  server.headersTimeout = 20_000;
  server.requestTimeout = 75_000;
  // Longer than proxies and senders keep an idle connection: a busy server closes one whose next delivery has arrived, and
  // that breaks without an answer. Node's default is five seconds.
  server.keepAliveTimeout = 75_000;
  const url = await listen(server, settings);
  log("info", "listening", { url, data: settings.data });

  const opened = open()
    .then((open) => {
      running = open;
      notReady = undefined;
      log("info", "ready", { page: settings.publicUrl ?? `${url}/` });
    })
    .catch((error: unknown) => {
      if (stopping.signal.aborted) return;
      notReady = describeError(error);
      log("error", "the history can't be opened", { reason: notReady });
      process.exitCode = 1;
      process.kill(process.pid, "SIGTERM");
    });

  return {
    url,
    async stop() {
      notReady = "stopping";
      stopping.abort();
      await opened;
      const closed = closeServer(server);
      for (const follower of running?.followers ?? []) follower.destroy();
      await closed;
      const lost = running === undefined ? 0 : await close(running, log);
      if (running !== undefined) await rm(addressFile(settings.data), { force: true });
      return lost === 0;
    },
  };

  async function open(): Promise<Running> {
    const history = await openHeldHistory(settings, log, (holder) => (notReady = holder), stopping.signal);
    const otlp = settings.otlp && (await startOtlp(settings.otlp.endpoint));
    const started = start(settings, history, otlp, log);
    await writeFile(addressFile(settings.data), `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
    return started;
  }
}

function start(settings: Settings, history: History, otlp: Otlp | undefined, log: Log): Running {
  const telemetry = createTelemetry({
    clusterId: settings.cluster,
    // A full disk must not end storing for good: deliveries are answered with 503 meanwhile.
    maxConsecutiveFailures: Number.POSITIVE_INFINITY,
    onFailure: (report) => log("warn", "telemetry", { kind: report.kind }),
  });
  const forwardings = openSinks(settings, log);
  const register = new Registry();
  // The process itself: an alert tells crash loops by its start, and the dashboards show it.
  collectDefaultMetrics({ register });
  telemetry.subscribe(history.subscriber());
  for (const { sink } of forwardings) telemetry.subscribe(sink);
  telemetry.subscribe(
    prometheusSubscriber({
      register,
      sinks: forwardings.map(({ sink }) => sink),
      optInLabels: ["repo_namespace", "cluster"],
    }),
  );
  if (otlp !== undefined) telemetry.subscribe(otlp.subscriber);

  const durable = ["history", ...forwardings.map(({ sink }) => sink.name)];
  const { sources, open } = sourcesOf(settings);
  for (const source of open) log("info", "deliveries are taken unverified", { source });
  const paths = Object.keys(sources);
  log(
    "info",
    paths.length === 0 ? "no source is configured: set a secret, see `alumiini setup`" : "taking deliveries",
    {
      paths: paths.join(","),
    },
  );
  const token = settings.auth?.token;
  const to = withoutFullSinks(telemetry, forwardings);
  const past = backfillHandler(to, token, durable);
  const deliveries = paths.length === 0 ? undefined : ingestHandler({ sources, to, durable });
  const ingest = new Map<string, Listener>([["/backfill", nodeListener(logged(past, log))]]);
  if (deliveries !== undefined) {
    const listener = nodeListener(logged(deliveries, log));
    for (const path of paths) ingest.set(path, listener);
  }
  const append = deliveries && (() => ingestMetrics(deliveries.stats()));
  const metrics = nodeListener(metricsFetchHandler({ register, append }));
  const followers = new Set<ServerResponse>();
  const answers = history.nodeHandler();
  const v1: Listener = (request, response) => {
    if (request.url?.startsWith("/v1/tail")) {
      followers.add(response);
      response.once("close", () => followers.delete(response));
    }
    answers(request, response);
  };
  return {
    services: {
      ingest,
      v1,
      metrics,
      sinks: () => sinksAnswer(forwardings, deliveries?.stats().sources ?? {}, Date.now()),
    },
    telemetry,
    history,
    otlp,
    followers,
  };
}

/** Says which deliveries were refused, at most ten in ten seconds. */
function logged(handler: ArrivalHandler, log: Log): ArrivalHandler {
  const limiter = new RateLimiter(10, 10_000);
  return {
    async answer(arrival) {
      const answer = await handler.answer(arrival);
      const { status, body } = answer;
      if (status >= 400 && limiter.take("refused", performance.now()).allowed) {
        const { pathname } = new URL(arrival.url, "http://localhost");
        log("warn", "delivery refused", { path: pathname, status, why: body.slice(0, 300) });
      }
      return answer;
    },
  };
}

/** Everything that was answered is stored by now; what sinks have not sent stays in their outboxes. */
async function close({ telemetry, history, otlp }: Running, log: Log): Promise<number> {
  let failures = 0;
  const step = async (what: string, closing: () => Promise<unknown>): Promise<void> => {
    try {
      await closing();
    } catch (error) {
      failures++;
      log("error", `${what} did not close in order`, { reason: describeError(error) });
    }
  };
  await step("storing", () => telemetry.stored({ subscribers: ["history"], timeoutMs: STOP_TIMEOUT_MS }));
  // Sinks that can't send now reject: their outboxes have it.
  await telemetry.close({ timeoutMs: 3000 }).catch((error: unknown) => {
    log("info", "not all was sent; the outboxes keep it", { reason: describeError(error) });
  });
  if (otlp !== undefined) await step("OTLP", () => otlp.shutdown());
  await step("the history", () => history.close());
  return failures;
}

function listen(server: Server, { host, port }: Settings): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${bound}`);
    });
  });
}

/** Deliveries under way are answered. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // What is answered meanwhile is kept open by clients that would send more.
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const timer = setTimeout(() => server.closeAllConnections(), 9000);
  await closed;
  clearInterval(idle);
  clearTimeout(timer);
}
