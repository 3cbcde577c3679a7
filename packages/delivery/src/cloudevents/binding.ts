import type { MessageContent } from "../ports/message.js";
import { encodeText } from "../utf8.js";
import type { CloudEvent } from "./cloud-event.js";

/** How a CloudEvent travels: whole in the body, or with its attributes in headers and only the data in the body. */
export type ContentMode = "structured" | "binary";

/** What differs between the CloudEvents bindings of transports. */
export interface BindingRules {
  /** What the header of an attribute begins with: `ce-` in HTTP and NATS, `ce_` in Kafka. */
  readonly prefix: string;
  /** The header that says what the data is in binary mode: `content-type` in HTTP and Kafka, `ce-datacontenttype` in NATS. */
  readonly contentTypeHeader: string;
  /** The header that marks structured mode. Default `content-type`; NATS, where case counts, writes `Content-Type`. */
  readonly structuredHeader?: string | undefined;
  /** Its value. Default `application/cloudevents+json; charset=UTF-8`. */
  readonly structuredType?: string | undefined;
  /** Whether header values are percent-encoded, as in HTTP and NATS; Kafka's are UTF-8 as they are. */
  readonly percentEncoded: boolean;
}

/** Puts CloudEvents into the headers and body of one transport's messages. */
export interface CloudEventsBinding {
  readonly structured: (cloudEvent: CloudEvent) => MessageContent;
  readonly binary: (cloudEvent: CloudEvent) => MessageContent;
}

/** The content type of the JSON batch format, whose body {@link batchBody} makes. */
export const BATCH_CONTENT_TYPE = "application/cloudevents-batch+json";

const JSON_CONTENT_TYPE = "application/json";
const EMPTY = new Uint8Array(0);
/** Attributes that have no header of their own: `data_base64` is binary data in the JSON format. */
const NOT_HEADERS: ReadonlySet<string> = new Set(["data", "data_base64", "datacontenttype"]);

/**
 * Makes the CloudEvents 1.0 binding of a transport. Its functions throw a `TypeError` for a CloudEvent that no receiver
 * could read: an attribute whose name is not made of lower-case letters and digits, or whose value is not a string, a
 * number or a boolean, and data that can't be written as JSON. Attributes without a value are left out.
 */
export function cloudEventsBinding(rules: BindingRules): CloudEventsBinding {
  const { prefix, contentTypeHeader, percentEncoded } = rules;
  const { structuredHeader = "content-type", structuredType = `${STRUCTURED_TYPE}; charset=UTF-8` } = rules;
  const structuredHeaders = Object.freeze({ [structuredHeader]: structuredType });
  const headerValue = percentEncoded ? percentEncode : (text: string) => text;
  return {
    structured: (cloudEvent) => ({ headers: structuredHeaders, body: jsonFormat(cloudEvent) }),
    binary(cloudEvent) {
      const headers: Record<string, string> = {};
      const body = dataBytes(cloudEvent);
      const { datacontenttype = body.length > 0 ? JSON_CONTENT_TYPE : undefined } = cloudEvent;
      for (const name in cloudEvent) {
        const value = attribute(name, cloudEvent[name]);
        if (value !== undefined) headers[prefix + name] = headerValue(value);
      }
      if (datacontenttype !== undefined) headers[contentTypeHeader] = headerValue(datacontenttype);
      return { headers, body };
    },
  };
}

/** The content type of structured mode, without a character set. */
export const STRUCTURED_TYPE = "application/cloudevents+json";

/** The body of a batch in the JSON batch format, from bodies that structured mode made. */
export function batchBody(bodies: readonly Uint8Array[]): ReturnType<InstanceType<typeof TextEncoder>["encode"]> {
  const joined = new Uint8Array(bodies.reduce((sum, body) => sum + body.length + 1, 1) + (bodies.length === 0 ? 1 : 0));
  let at = 0;
  for (const body of bodies) {
    joined[at] = at === 0 ? 0x5b : 0x2c; // [ or ,
    joined.set(body, at + 1);
    at += body.length + 1;
  }
  if (at === 0) joined[at++] = 0x5b;
  joined[at] = 0x5d; // ]
  return joined;
}

/** Returns what identifies a CloudEvent: source and id together. No two pairs share a key: the id part holds no `#`. */
export function cloudEventKey({ source, id }: Pick<CloudEvent, "source" | "id">): string {
  return `${source}#${id.replaceAll("%", "%25").replaceAll("#", "%23")}`;
}

const encoder = new TextEncoder();

/**
 * Percent-encodes what a header value can't hold as it is, by the rule of the HTTP and NATS bindings: space, `"`, `%`,
 * and all outside of U+0021 to U+007E.
 */
export function percentEncode(text: string): string {
  if (isPlain(text)) return text;
  return text.replace(/[^!#$&-~]/gu, (character) => {
    let encoded = "";
    // Half a surrogate pair is encoded as U+FFFD.
    for (const byte of encoder.encode(character)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    return encoded;
  });
}

const FIRST_VISIBLE = 0x21;
const LAST_VISIBLE = 0x7e;
const QUOTE = 0x22;
const PERCENT = 0x25;

/** Whether a header value can hold the text as it is. A loop, because it runs for every message. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < FIRST_VISIBLE || code > LAST_VISIBLE || code === QUOTE || code === PERCENT) return false;
  }
  return true;
}

/** The JSON event format. Data that is bytes becomes `data_base64`. */
function jsonFormat(cloudEvent: CloudEvent): Uint8Array {
  for (const name in cloudEvent) attribute(name, cloudEvent[name]);
  const { data, ...rest } = cloudEvent;
  if (data instanceof Uint8Array) return encodeText(JSON.stringify({ ...rest, data_base64: toBase64(data) }));
  return encodeText(JSON.stringify(cloudEvent));
}

const names = new Set<string>();
/** Names that are remembered as allowed; those of one program are few. */
const MAX_NAMES = 200;

/** An attribute's value as text; `undefined` where there is none, or where it is not one for a header. */
function attribute(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || NOT_HEADERS.has(name)) return undefined;
  if (!names.has(name)) {
    if (!/^[a-z\d]+$/.test(name)) {
      throw new TypeError(
        `a CloudEvents attribute has the name ${JSON.stringify(name.slice(0, 50))}; use lower-case letters and digits`,
      );
    }
    if (names.size < MAX_NAMES) names.add(name);
  }
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TypeError(`the CloudEvents attribute ${name} must be a string, a number or a boolean`);
}

/** The data as it travels in binary mode: nothing for no data, bytes and text as they are, all else as JSON. */
function dataBytes(cloudEvent: CloudEvent): Uint8Array {
  const { data, datacontenttype = JSON_CONTENT_TYPE, data_base64: base64 } = cloudEvent;
  if (data === undefined) return typeof base64 === "string" ? fromBase64(base64) : EMPTY;
  if (data instanceof Uint8Array) return data;
  // Text that is not JSON is sent as it is; anything else has no other form than JSON here.
  if (typeof data === "string" && !/[/+]json\b/i.test(datacontenttype)) return encodeText(data);
  const json: unknown = JSON.stringify(data);
  if (typeof json !== "string") throw new TypeError("the data of a CloudEvent can't be written as JSON");
  return encodeText(json);
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
