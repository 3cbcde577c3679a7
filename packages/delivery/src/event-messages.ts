import type { AluminiEvent } from "@alumiini/core";
import { toWire } from "@alumiini/core";
import type { CloudEvent, EncodeCloudEvents } from "./cloudevents/cloud-event.js";
import type { Message } from "./ports/message.js";
import { encodeText } from "./utf8.js";

/** A message's headers and body. */
export type MessageContent = Pick<Message, "headers" | "body">;

/** Turns an event into messages, in the order in which they are to leave. */
export interface EncodeMessages {
  (event: AluminiEvent): readonly Message[];
  /** Whether every event becomes exactly one message: then none is encoded that would be dropped at once. */
  readonly single?: boolean | undefined;
}

/** How events become messages. */
export interface EventMessagesOptions {
  /** Answers the CloudEvents to send instead of the wire form, such as `cdevents()`. */
  readonly encode?: EncodeCloudEvents | undefined;
  /** Where a message goes; the CloudEvent is there only with `encode`. Default: empty, for sinks with one destination. */
  readonly destination?: ((event: AluminiEvent, cloudEvent?: CloudEvent) => string) | undefined;
  /** What keeps messages in order. Default: the name of the event's repository. */
  readonly key?: ((event: AluminiEvent) => string) | undefined;
  /** Puts a CloudEvent into headers and body. Default: {@link structuredContent}. */
  readonly bind?: ((cloudEvent: CloudEvent) => MessageContent) | undefined;
}

const JSON_HEADERS = Object.freeze({ "content-type": "application/json" });
const STRUCTURED_HEADERS = Object.freeze({ "content-type": "application/cloudevents+json; charset=UTF-8" });

/**
 * Answers the function that turns an event into messages: one with the event's wire form, or one for each CloudEvent
 * that `encode` answers. It throws what `encode`, `key`, `destination` and `bind` throw.
 */
export function eventMessages(options: EventMessagesOptions = {}): EncodeMessages {
  const { encode, destination = () => "", key = (event) => event.repoName, bind = structuredContent } = options;
  if (encode === undefined) {
    const toMessages = (event: AluminiEvent): readonly Message[] => [
      {
        id: event.id,
        key: key(event),
        destination: destination(event),
        headers: JSON_HEADERS,
        body: encodeText(JSON.stringify(toWire(event))),
      },
    ];
    return Object.assign(toMessages, { single: true });
  }
  return (event) =>
    encode(event).map((cloudEvent) => {
      const { headers, body } = bind(cloudEvent);
      return {
        id: cloudEventKey(cloudEvent),
        key: key(event),
        destination: destination(event, cloudEvent),
        headers,
        body,
      };
    });
}

/** Structured content mode: the whole CloudEvent as JSON in the body (CloudEvents 1.0, JSON event format). */
export function structuredContent(cloudEvent: CloudEvent): MessageContent {
  return { headers: STRUCTURED_HEADERS, body: encodeText(JSON.stringify(cloudEvent)) };
}

/** What identifies a CloudEvent: source and id together. No two pairs share a key: the id part holds no `#`. */
export function cloudEventKey({ source, id }: Pick<CloudEvent, "source" | "id">): string {
  return `${source}#${id.replaceAll("%", "%25").replaceAll("#", "%23")}`;
}
