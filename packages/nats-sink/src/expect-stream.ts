import { readProperty } from "@alumiini/core/adapter";
import { abortable } from "@alumiini/delivery";
import { noStreamError, wrongStreamError } from "./ack-inbox.js";
import type { NatsConnection } from "./client.js";

/** A server that lets nobody look answers nothing. */
const LOOK_TIMEOUT_MS = 1000;

/**
 * Looks whether a stream takes anything that matches `subjects`. Where looking is not allowed, or JetStream does not answer,
 * the first message will tell.
 *
 * @throws Error when no stream does, or not the given one.
 */
export async function expectStream(
  connection: NatsConnection,
  subjects: string,
  stream: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const names = await abortable(streamsOf(connection, subjects), signal);
  if (names === undefined) return;
  if (names.length === 0) throw noStreamError(subjects, stream);
  if (stream !== undefined && !names.includes(stream)) throw wrongStreamError(subjects, stream);
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
