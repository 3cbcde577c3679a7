import { readProperty } from "@alumiini/core/adapter";
import type { NatsConnection } from "./client.js";
import { covers, isStreamName } from "./subject.js";

/** What the stream is to be like. Durations are in milliseconds. */
export interface StreamOptions {
  /** The stream's name: no spaces, dots, wildcards or slashes. */
  readonly name: string;
  /** The subjects that it stores. Default `["alumiini.events.>"]`. */
  readonly subjects?: readonly string[] | undefined;
  /** Servers that store each message, 1 to 5. Default 3; a single server takes 1 only. */
  readonly replicas?: number | undefined;
  /** Bytes after which the stream takes no more until old messages have gone. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** After which time messages are removed. Default 7 days. */
  readonly maxAgeMs?: number | undefined;
  /**
   * How long JetStream remembers message ids; at most `maxAgeMs`. What is sent again later than that is stored again, so
   * it should exceed the longest outage to be survived without duplicates. Default 15 minutes.
   */
  readonly duplicateWindowMs?: number | undefined;
}

/** What `ensureStream` did. */
export type EnsuredStream = "created" | "updated" | "unchanged";

const STREAM_NOT_FOUND = 10059;
const REPLICAS_NEED_A_CLUSTER = 10074;
const NANOSECONDS = 1_000_000;
const DAY_MS = 86_400_000;

/**
 * Creates the stream where there is none: on files, replicated, refusing new messages when full rather than forgetting
 * old ones. Where there is one, adds the subjects that it lacks and lengthens its duplicate window where that is
 * shorter; everything else is left as it is.
 *
 * @throws Error when JetStream is not available or refuses, with its reason.
 */
export async function ensureStream(connection: NatsConnection, options: StreamOptions): Promise<EnsuredStream> {
  const { name, subjects = ["alumiini.events.>"], duplicateWindowMs = 15 * 60_000 } = options;
  if (!isStreamName(name)) throw new TypeError("a stream's name has no spaces, dots, wildcards or slashes");
  const duplicateWindow = duplicateWindowMs * NANOSECONDS;
  const info = await request(connection, `STREAM.INFO.${name}`);
  if (errorCode(info) === STREAM_NOT_FOUND) {
    const answer = await request(connection, `STREAM.CREATE.${name}`, {
      name,
      subjects,
      retention: "limits",
      storage: "file",
      discard: "new",
      num_replicas: options.replicas ?? 3,
      max_bytes: options.maxBytes ?? 2 ** 30,
      max_age: (options.maxAgeMs ?? 7 * DAY_MS) * NANOSECONDS,
      max_msgs: -1,
      max_consumers: -1,
      duplicate_window: duplicateWindow,
    });
    expectSuccess(answer, `create stream ${name}`);
    return "created";
  }
  expectSuccess(info, `describe stream ${name}`);
  const change = changeOf(readProperty(info, "config"), subjects, duplicateWindow);
  if (change === undefined) return "unchanged";
  expectSuccess(await request(connection, `STREAM.UPDATE.${name}`, change), `update stream ${name}`);
  return "updated";
}

/** The configuration with what it lacks; `undefined` when it lacks nothing. */
function changeOf(config: unknown, subjects: readonly string[], duplicateWindow: number): object | undefined {
  const present = readProperty(config, "subjects");
  const existing = Array.isArray(present) ? present.filter((subject) => typeof subject === "string") : [];
  const window = Number(readProperty(config, "duplicate_window"));
  const missing = subjects.filter((subject) => !existing.some((other) => covers(other, subject)));
  if (missing.length === 0 && window >= duplicateWindow) return undefined;
  const kept = existing.filter((subject) => !missing.some((other) => covers(other, subject)));
  return {
    ...(typeof config === "object" && config),
    subjects: [...kept, ...missing],
    duplicate_window: Math.max(window, duplicateWindow),
  };
}

async function request(connection: NatsConnection, subject: string, body?: object): Promise<unknown> {
  const payload = new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body));
  const options = { timeout: 10_000 };
  const reply = await connection.request(`$JS.API.${subject}`, payload, options).catch((error: unknown) => {
    throw new Error("JetStream does not answer: is it enabled on the server, and for this account?", { cause: error });
  });
  return JSON.parse(new TextDecoder().decode(reply.data));
}

function errorCode(answer: unknown): unknown {
  return readProperty(readProperty(answer, "error"), "err_code");
}

function expectSuccess(answer: unknown, action: string): void {
  const error = readProperty(answer, "error");
  if (error === undefined) return;
  const hint = errorCode(answer) === REPLICAS_NEED_A_CLUSTER ? "; set `replicas: 1` for a single server" : "";
  throw new Error(`JetStream did not ${action}: ${readProperty(error, "description")} (${errorCode(answer)})${hint}`);
}
