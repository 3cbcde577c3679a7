import {
  milliseconds,
  OptionError,
  type RulesFor,
  readOptions,
  required,
  value,
  wholeNumber,
} from "@alumiini/core/adapter";
import { Counter, type DeliveryCounts, type Ending, type Rejection, sumOf } from "../intake/counts.js";
import { INTAKE_RULES, Intake, type IntakeOptions } from "../intake/intake.js";
import type { Mapper } from "../mapping/mapper.js";
import type { Verify } from "../verify/verify.js";
import { answerOf } from "./answer.js";
import type { Answer, Arrival } from "./arrival.js";
import { BodyBudget, type BodyResult, readBody } from "./body.js";

/** What deliveries of one path are. */
export interface IngestSource {
  readonly map: Mapper;
  /** Whether a delivery is the source's own; of several, one must say so. `unverified()` takes all. */
  readonly verify: Verify | readonly Verify[];
}

/** What `ingestHandler` takes. */
export interface IngestOptions extends IntakeOptions {
  /** By the path of the URL, such as `/flux`. */
  readonly sources: Readonly<Record<string, IngestSource>>;
  /** Bytes of a body. Default 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Bytes of all bodies in progress. Default 64 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** Deliveries in progress. Default 1,000. */
  readonly maxInProgress?: number | undefined;
  /** Milliseconds that a body may take to arrive. Default 10,000. */
  readonly bodyTimeoutMs?: number | undefined;
}

/** The counts of a handler, at this instant: of all deliveries, and of each source's. */
export interface IngestStats extends DeliveryCounts {
  /** By path. What was sent to no source's path is in the whole alone. */
  readonly sources: Readonly<Record<string, DeliveryCounts>>;
}

/** A handler of HTTP requests for whatever runs Fetch: Node, Deno, Bun, Workers, Hono. */
export interface IngestHandler {
  (request: Request): Promise<Response>;
  /** The same for what is no `Request`: making one of a request of `node:http` takes longer than to answer it. */
  answer(arrival: Arrival): Promise<Answer>;
  stats(): IngestStats;
}

/**
 * Makes a handler that takes deliveries of sources: it verifies each on its bytes, maps it, gives the events to `to`, and
 * answers 2xx when the durable subscribers have stored them. The promise it returns never rejects. Everything else is a
 * typed answer: 401, 404, 405, 408, 413, 415, 422, or 503 with `retry-after`.
 *
 * @throws {OptionError} for an option that is unknown or not valid.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { flux, hmacSha256, ingestHandler } from "@alumiini/ingest";
 *
 * declare const secret: string;
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * const handler = ingestHandler({
 *   sources: { "/flux": { map: flux, verify: hmacSha256({ header: "x-signature", secrets: secret }) } },
 *   to: telemetry,
 * });
 * const response = await handler(new Request("http://localhost/flux"));
 * response.status; // 405
 * ```
 */
export function ingestHandler(options: IngestOptions): IngestHandler {
  const { sources, maxBodyBytes, maxBufferedBytes, maxInProgress, bodyTimeoutMs, ...rest } = readOptions(
    "ingestHandler",
    options,
    RULES,
  );
  const intake = new Intake(rest, "ingestHandler");
  const routes = routesOf(sources);
  const budget = new BodyBudget(maxBufferedBytes);
  const limits = { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs, budget };
  const elsewhere = new Counter();
  let inProgress = 0;

  async function receive(request: Arrival, route: Route | undefined): Promise<Ending> {
    if (route === undefined) return reject("not_found", "no source is taken here");
    if (request.method !== "POST") return reject("method_not_allowed", "deliveries are posted");
    if (inProgress > maxInProgress) return reject("full", "too many deliveries are in progress");
    if (!isJson(request.headers)) return reject("unsupported_media_type", "must be JSON, and not compressed");
    const { result, release } = await request.readBody(limits);
    try {
      if (typeof result === "string") return reject(result, BODY_MESSAGES[result]);
      const delivery = { headers: request.headers, body: result };
      if (!(await isGenuine(route, delivery))) return reject("unauthorized", "the signature is missing or wrong");
      return await intake.take(route.source.map, delivery);
    } finally {
      release();
    }
  }

  const answer = async (request: Arrival): Promise<Answer> => {
    const route = routes.get(pathOf(request.url));
    const counter = route?.counter ?? elsewhere;
    counter.begin();
    inProgress++;
    let ending = reject("internal", "ingest failed");
    try {
      ending = await receive(request, route);
    } catch {
      // A verifier that is not ours threw.
    } finally {
      inProgress--;
      counter.end(ending);
    }
    return answerOf(ending);
  };
  const handler = async (request: Request): Promise<Response> => {
    const { method, url, headers } = request;
    const { body, ...init } = await answer({ method, url, headers, readBody: (bounds) => readBody(request, bounds) });
    return new Response(body, init);
  };
  return Object.assign(handler, {
    answer,
    stats: () => {
      const bySource = Array.from(routes, ([path, { counter }]) => [path, counter.read()] as const);
      const all = [elsewhere.read(), ...bySource.map(([, counts]) => counts)];
      return { ...sumOf(all), sources: Object.fromEntries(bySource) };
    },
  });
}

const COUNT = Number.MAX_SAFE_INTEGER;
const RULES = {
  ...INTAKE_RULES,
  sources: required(value("an object with a source for each path", isSources, undefined)),
  maxBodyBytes: wholeNumber(1, COUNT, 1024 * 1024),
  maxBufferedBytes: wholeNumber(1, COUNT, 64 * 1024 * 1024),
  maxInProgress: wholeNumber(1, COUNT, 1000),
  bodyTimeoutMs: milliseconds(1, 10_000),
} satisfies RulesFor<IngestOptions>;

function isSources(given: unknown): given is IngestOptions["sources"] {
  return typeof given === "object" && given !== null;
}

interface Route {
  readonly source: IngestSource;
  readonly verifiers: readonly Verify[];
  readonly counter: Counter;
}

function routesOf(sources: IngestOptions["sources"]): Map<string, Route> {
  const routes = new Map<string, Route>();
  for (const [path, source] of Object.entries(sources ?? {})) {
    const verifiers = [source?.verify].flat();
    const refuse = (problem: string) => new OptionError("ingestHandler", `sources.${path}`, problem);
    if (!/^\/[^?#]*$/.test(path)) throw refuse("must be a path that begins with a slash");
    if (typeof source?.map !== "function") throw refuse("needs a mapper, `map`");
    if (verifiers.length === 0 || verifiers.some((verify) => typeof verify !== "function")) {
      throw refuse("needs a verifier, `verify`; unverified() takes every delivery");
    }
    routes.set(path, { source, verifiers, counter: new Counter() });
  }
  if (routes.size === 0) throw new OptionError("ingestHandler", "sources", "must have one path or more");
  return routes;
}

async function isGenuine({ verifiers }: Route, delivery: Parameters<Verify>[0]): Promise<boolean> {
  for (const verify of verifiers) if (await verify(delivery)) return true;
  return false;
}

/** A body without a type is tried: Argo CD sends none unless it is told to. */
function isJson(headers: Arrival["headers"]): boolean {
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") return false;
  const type = headers.get("content-type");
  return type === null || /^\s*(?:application|text)\/(?:[\w.+-]*\+)?json\s*(?:;|$)/i.test(type);
}

function pathOf(url: string): string {
  const path = /^(?:[a-z][a-z\d+.-]*:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1];
  return path || "/";
}

const BODY_MESSAGES: Readonly<Record<Extract<BodyResult, string>, string>> = {
  too_large: "the body is too large",
  timeout: "the body took too long",
  incomplete: "the body ended early",
  full: "too many bytes are in progress",
};

function reject(reason: Rejection, message: string): Ending {
  return { kind: "rejected", reason, message };
}
