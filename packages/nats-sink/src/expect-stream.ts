import { readProperty } from "@alumiini/core/adapter";
import { noStreamError, wrongStreamError } from "./ack-inbox.js";
import type { NatsConnection } from "./client.js";

/** A server that lets nobody look answers nothing. */
const LOOK_TIMEOUT_MS = 1000;

/**
 * Looks whether a stream takes anything that matches `subjects`. Returns an error when no stream does, or not the given one;
 * `undefined` also where looking is not allowed or JetStream does not answer: the first message will tell then.
 */
export async function missingStream(
  connection: NatsConnection,
  subjects: string,
  stream: string | undefined,
): Promise<Error | undefined> {
  const names = await streamsOf(connection, subjects);
  if (names === undefined) return undefined;
  if (names.length === 0) return noStreamError(subjects, stream);
  return stream === undefined || names.includes(stream) ? undefined : wrongStreamError(subjects, stream);
}

/** The streams with subjects that overlap; `undefined` where it is not known. */
async function streamsOf(connection: NatsConnection, subjects: string): Promise<readonly unknown[] | undefined> {
  try {
    const body = new TextEncoder().encode(JSON.stringify({ subject: subjects }));
    const reply = await connection.request("$JS.API.STREAM.NAMES", body, { timeout: LOOK_TIMEOUT_MS });
    const answer: unknown = JSON.parse(new TextDecoder().decode(reply.data));
    if (readProperty(answer, "error") !== undefined) return undefined;
    const streams = readProperty(answer, "streams") ?? [];
    return Array.isArray(streams) ? streams : undefined;
  } catch {
    return undefined; // Not allowed, or not possible now.
  }
}
