/** What a sink sends: encoded, immutable, and the same bytes on every attempt. */
export interface Message {
  /** Identifies the message to the receiver on every attempt, across restarts too, so that it can drop duplicates. */
  readonly id: string;
  /** Messages with the same key leave in the order in which they were accepted; by default the repository's name. */
  readonly key: string;
  /** Where it goes: a NATS subject, a Kafka topic, a path. Empty where the sink has one destination only. */
  readonly destination: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Never changed. It may be a part of a larger buffer: hand on the view, not `body.buffer`. */
  readonly body: Uint8Array;
}

/** A message's headers and body. */
export type MessageContent = Pick<Message, "headers" | "body">;

/** What a message counts for in `maxQueueBytes` and `maxBatchBytes`: its body, and its texts by their length. */
export function messageBytes({ id, key, destination, headers, body }: Message): number {
  let bytes = body.byteLength + id.length + key.length + destination.length;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}
