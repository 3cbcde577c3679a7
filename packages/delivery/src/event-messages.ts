import type { AluminiEvent } from "@alumiini/core";
import { toWire } from "@alumiini/core";
import { cloudEventKey, cloudEventsBinding } from "./cloudevents/binding.js";
import type { CloudEvent, EncodeCloudEvents } from "./cloudevents/cloud-event.js";
import type { Message, MessageContent } from "./ports/message.js";
import { encodeText } from "./utf8.js";

/** Turns an event into messages, in the order in which they are to leave. */
export interface EncodeMessages {
  (event: AluminiEvent): readonly Message[];
  /**
   * Returns the key of the one message that an event becomes; absent where events may become none or several. With it, no
   * event is encoded that would be dropped at once.
   */
  readonly keyOf?: ((event: AluminiEvent) => string) | undefined;
}

/** How events become messages. */
export interface EventMessagesOptions {
  /** Returns the CloudEvents to send instead of the wire form, such as `cdevents()`. */
  readonly encode?: EncodeCloudEvents | undefined;
  /** Where a message goes; the CloudEvent is there only with `encode`. Default: empty, for sinks with one destination. */
  readonly destination?: ((event: AluminiEvent, cloudEvent?: CloudEvent) => string) | undefined;
  /** Messages with the same key keep their order. Default: the repository's
   * name; {@link repositoryKey} keeps repositories of one name apart that are in several namespaces or clusters. */
  readonly key?: ((event: AluminiEvent) => string) | undefined;
  /**
   * The CloudEvents to send, by type, for receivers that take only some: `dev.cdevents.service.deployed` means every
   * version, `dev.cdevents.service.deployed.0.2.0` that one. With `encode` only. Default: all.
   */
  readonly cloudEventTypes?: readonly string[] | undefined;
  /** Puts a CloudEvent into headers and body. Default: structured mode, all in the body. */
  readonly bind?: ((cloudEvent: CloudEvent) => MessageContent) | undefined;
}

const JSON_HEADERS = Object.freeze({ "content-type": "application/json" });
const DEFAULT_BINDING = /* @__PURE__ */ cloudEventsBinding({
  prefix: "ce-",
  contentTypeHeader: "content-type",
  percentEncoded: true,
});

/**
 * Returns the function that turns an event into messages: one with the event's wire form, or one for each CloudEvent
 * that `encode` returns. It throws what `encode`, `key`, `destination` and `bind` throw.
 */
export function eventMessages(options: EventMessagesOptions = {}): EncodeMessages {
  const {
    encode,
    destination = () => "",
    key = (event) => event.repoName,
    bind = DEFAULT_BINDING.structured,
  } = options;
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
    return Object.assign(toMessages, { keyOf: key });
  }
  const isWanted = typeFilter(options.cloudEventTypes);
  return (event) =>
    encode(event)
      .filter(isWanted)
      .map((cloudEvent) => {
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

/** Returns what identifies an event's repository, as a `key`: cluster, namespace and name, as `prod/team-a/shop`. */
export function repositoryKey({ clusterId, namespace, repoName }: AluminiEvent): string {
  return `${clusterId}/${namespace}/${repoName}`;
}

/** Matches a CloudEvent's type, with or without the version that ends it. */
function typeFilter(types: readonly string[] | undefined): (cloudEvent: CloudEvent) => boolean {
  if (types === undefined) return () => true;
  const wanted = new Set(types);
  return ({ type }) => wanted.has(type) || wanted.has(type.replace(/\.\d+\.\d+\.\d+[^.]*$/, ""));
}
