import { type CloudEvent, type MessageContent, structuredContent } from "@alumiini/delivery";
import { headerValue } from "./headers.js";

/** How CloudEvents travel: whole in the body, or with their attributes in headers and only `data` in the body. */
export type ContentMode = "structured" | "binary";

const STRUCTURED_HEADERS = Object.freeze({ "Content-Type": "application/cloudevents+json; charset=UTF-8" });
const encoder = new TextEncoder();

/** Puts CloudEvents into NATS messages (CloudEvents 1.0, NATS binding). */
export function cloudEventsBinding(mode: ContentMode): (cloudEvent: CloudEvent) => MessageContent {
  return mode === "binary" ? binaryContent : structured;
}

function structured(cloudEvent: CloudEvent): MessageContent {
  return { headers: STRUCTURED_HEADERS, body: structuredContent(cloudEvent).body };
}

/**
 * The attributes as `ce-` headers, `datacontenttype` among them: in this binding `Content-Type` marks structured mode.
 *
 * @throws TypeError when an attribute's name is none that CloudEvents allows.
 */
function binaryContent({ data, ...attributes }: CloudEvent): MessageContent {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    if (!/^[a-z\d]+$/.test(name))
      throw new TypeError("a CloudEvents attribute is named in lower-case letters and digits");
    headers[`ce-${name}`] = headerValue(String(value));
  }
  return { headers, body: data === undefined ? new Uint8Array() : encoder.encode(JSON.stringify(data)) };
}
