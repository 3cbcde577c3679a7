import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

/** A message as a consumer finds it in the stream. */
export interface StoredMessage {
  readonly subject: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Reads everything that a stream holds, in its order, with a consumer that knows nothing of the sink. */
export async function readStream(url: string, stream: string, login: object = {}): Promise<StoredMessage[]> {
  await using connection = await connect({ servers: url, ...login });
  const { state } = await (await jetstreamManager(connection)).streams.info(stream);
  const stored: StoredMessage[] = [];
  if (state.messages === 0) return stored;
  const consumer = await jetstream(connection).consumers.get(stream);
  const messages = await consumer.consume();
  for await (const message of messages) {
    const headers: Record<string, string> = {};
    for (const name of message.headers?.keys() ?? []) headers[name] = message.headers?.get(name) ?? "";
    stored.push({
      subject: message.subject,
      id: headers["Nats-Msg-Id"] ?? "",
      headers,
      text: message.string(),
    });
    if (message.seq === state.last_seq) break;
  }
  return stored;
}
