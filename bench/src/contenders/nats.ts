import { type AluminiEvent, toWire } from "@alumiini/core";
import { eventSubject, type NatsConnection, natsSink } from "@alumiini/nats-sink";
import type { Publisher } from "../throughput.ts";

/** Headers as a client makes them. */
interface Headers {
  set(name: string, value: string): void;
}

/** What the hand-written loop needs of a client. */
export interface Client {
  readonly connection: NatsConnection;
  readonly headers: () => Headers;
  /** The client's own `js.publish`. */
  jsPublish(subject: string, body: Uint8Array, id: string): Promise<unknown>;
}

/** Ours: up to `window` messages under way, in two batches, and half as many waiting. */
export function sink({ connection }: Client, window: number): Publisher {
  const nats = natsSink({ connection, maxBatchMessages: window / 2, maxInFlight: 2 });
  return {
    name: "natsSink",
    async publish(events) {
      for (let next = 0; next < events.length; ) {
        for (let room = 1.5 * window - nats.stats().pending; room > 0; room--) {
          const event = events[next++];
          if (event !== undefined) nats.handle(event);
        }
        // Not a loop that spins: its CPU time would count as ours.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await nats.flush();
    },
    close: () => nats.close(),
  };
}

/** By hand: one subscription for all acknowledgements, refilled when half of the window is free. No retry, no bound. */
export function ownInbox({ connection, headers }: Client, window: number): Publisher {
  const inbox = `_INBOX.${crypto.randomUUID()}`;
  const decoder = new TextDecoder();
  let acknowledged: (answer: unknown) => void = () => {};
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (_, message) => acknowledged(JSON.parse(decoder.decode(message.data))),
  });
  return {
    name: "own inbox",
    publish(events) {
      return new Promise((resolve, reject) => {
        let next = 0;
        let done = 0;
        const fill = () => {
          while (next < events.length && next - done < window) {
            const event = events[next];
            if (event === undefined) break;
            const head = headers();
            head.set("Nats-Msg-Id", event.id);
            connection.publish(eventSubject(event), encode(event), { reply: `${inbox}.${next}`, headers: head });
            next++;
          }
        };
        acknowledged = (answer) => {
          if (typeof answer !== "object" || answer === null || "error" in answer) reject(new Error("refused"));
          done++;
          if (done === events.length) resolve();
          else if (next - done <= window / 2) fill();
        };
        fill();
      });
    },
    close: async () => subscription.unsubscribe(),
  };
}

/** The client's own `js.publish`, `window` of them under way. */
export function jsPublish({ jsPublish: publish }: Client, window: number): Publisher {
  return {
    name: "js.publish",
    async publish(events) {
      let next = 0;
      const work = async () => {
        for (let event = events[next++]; event !== undefined; event = events[next++]) {
          await publish(eventSubject(event), encode(event), event.id);
        }
      };
      await Promise.all(Array.from({ length: window }, work));
    },
    close: async () => {},
  };
}

const encoder = new TextEncoder();

function encode(event: AluminiEvent): Uint8Array {
  return encoder.encode(JSON.stringify(toWire(event)));
}
