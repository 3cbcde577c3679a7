import type { NatsConnection } from "./client.js";

/** Resolves when the server has processed all that was published before, and what it refused has been reported. */
export async function processed(connection: NatsConnection): Promise<void> {
  await connection.flush();
  // The refusal arrived before the answer to the flush, but goes through an iterator: let that run first.
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** That the server refused an operation on a subject, and what to do about it. */
export function deniedError(operation: string, subject: string): Error {
  return operation === "subscription"
    ? new Error(
        `the NATS server does not allow subscribing to ${subject}, where acknowledgements arrive: ` +
          "allow it to this user, or set `inboxPrefix` to what is allowed",
      )
    : new Error(`the NATS server does not allow publishing to ${subject}: allow it to this user`);
}
