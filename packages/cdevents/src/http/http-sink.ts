import { type AluminiEvent, EVENT_TYPES, type EventType } from "@alumiini/core";
import {
  callback,
  listOf,
  objectWith,
  oneOf,
  type RulesFor,
  readOptions,
  required,
  secret,
  text,
  value,
} from "@alumiini/core/adapter";
import {
  createSink,
  DELIVERY_RULES,
  type DeliveryOptions,
  type EncodeCloudEvents,
  eventMessages,
  type Sink,
} from "@alumiini/delivery";
import { HTTP_BINDING } from "../cloudevent.js";
import { cdevents } from "../encode/cdevents.js";
import { createReceiver, type Fetch, type RequestHeaders } from "./receiver.js";
import { httpTransport } from "./transport.js";

/** What `httpSink` takes. */
export interface HttpSinkOptions extends DeliveryOptions {
  /** Names the sink in failure reports and metrics. Default `http`. */
  readonly name?: string | undefined;
  /** Where to post. Credentials in it are sent as an `authorization` header. */
  readonly url: string | URL;
  /** Makes the CloudEvents to send. Default: `cdevents()`. */
  readonly encode?: EncodeCloudEvents | undefined;
  /**
   * How a CloudEvent is put into a request: `binary` (attributes in headers, data in the body), `structured` (all in the
   * body), or `batched` (many in one request, for receivers that take the JSON batch format). Default `binary`, which
   * most CDEvents receivers take.
   */
  readonly contentMode?: "binary" | "structured" | "batched" | undefined;
  /** The event types to send. Default: all. */
  readonly types?: readonly EventType[] | undefined;
  /** CloudEvent types to send, with or without version, such as `dev.cdevents.service.deployed`. Default: all. */
  readonly cloudEventTypes?: readonly string[] | undefined;
  /** Messages with the same key keep their order. Default: the repository's name. */
  readonly key?: ((event: AluminiEvent) => string) | undefined;
  /** Headers of every request; a function is asked before each, for tokens that expire. */
  readonly headers?: RequestHeaders | undefined;
  /** Closes the sink at once when it aborts: what has not left by then is dropped and counted. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
}

/** Messages in one request in the batched mode. */
const BATCHED_MESSAGES = 100;

/**
 * Makes a subscriber that posts each event as CloudEvents. 408, 429, 5xx and broken connections are tried again, with
 * growing delays or after what `Retry-After` says; any other refusal, redirects too, goes to `onDeadLetter`. Events of
 * one repository arrive in order, none is lost while the queue has room, and one that was sent again may arrive twice,
 * with the same id.
 *
 * @throws {OptionError} for an option that is unknown or not valid. A receiver that is down is not an error.
 *
 * @example
 * ```ts
 * import { cdevents } from "@alumiini/cdevents";
 * import { httpSink } from "@alumiini/cdevents/http";
 * import { createTelemetry } from "@alumiini/core";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe(
 *   httpSink({ url: "https://events.example.com/cdevents", encode: cdevents({ profile: "0.4.1" }) }),
 * );
 * ```
 */
export function httpSink(options: HttpSinkOptions): Sink {
  const {
    url,
    encode = cdevents(),
    contentMode,
    cloudEventTypes,
    key,
    headers,
    signal,
    fetch,
    ...shared
  } = readOptions("httpSink", options, RULES);
  const batched = contentMode === "batched";
  const receiver = createReceiver(url, headers);
  const post: Fetch = fetch ?? ((target, request) => globalThis.fetch(target, request));
  const sink = createSink({
    // One request for each message: batches of one keep the order and let several be under way.
    ...shared,
    maxBatchMessages: shared.maxBatchMessages ?? (batched ? BATCHED_MESSAGES : 1),
    lingerMs: shared.lingerMs ?? (batched ? undefined : 0),
    transport: httpTransport(receiver, post, batched),
    messages: eventMessages({ encode, key, cloudEventTypes, bind: HTTP_BINDING[batched ? "structured" : contentMode] }),
  });
  const stop = () => {
    // What it rejects with is in the counts and the reports already.
    sink.close(signal).catch(() => undefined);
  };
  if (signal?.aborted) stop();
  else signal?.addEventListener("abort", stop, { once: true });
  return {
    ...sink,
    close(closing) {
      signal?.removeEventListener("abort", stop);
      return sink.close(closing);
    },
  };
}

const RULES = {
  ...DELIVERY_RULES,
  name: text("http"),
  url: required(secret(value("an http or https URL", isUrl, undefined))),
  encode: callback<EncodeCloudEvents>(),
  contentMode: oneOf(["binary", "structured", "batched"], "binary"),
  types: listOf(EVENT_TYPES, undefined),
  cloudEventTypes: listOf(undefined, undefined),
  key: callback<(event: AluminiEvent) => string>(),
  headers: secret(value("an object, or a function that returns one", isHeaders, undefined)),
  signal: objectWith<AbortSignal>("an AbortSignal", "addEventListener", "removeEventListener"),
  fetch: callback<Fetch>(),
} satisfies RulesFor<HttpSinkOptions>;

function isUrl(given: unknown): given is string | URL {
  const url = given instanceof URL ? given.href : given;
  return typeof url === "string" && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function isHeaders(given: unknown): given is RequestHeaders {
  return typeof given === "function" || (typeof given === "object" && given !== null);
}
