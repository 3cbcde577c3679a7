import type { CloudEvent, Message } from "@alumiini/delivery";

const encoder = new TextEncoder();

/** Attributes that have a place of their own in a record. */
const ELSEWHERE = new Set(["data", "datacontenttype"]);

/**
 * Binary content mode (CloudEvents Kafka binding 1.0, section 3.2): attributes as `ce_` headers in UTF-8, the data as
 * JSON in the value. An event without data becomes an empty value, never a tombstone.
 *
 * @throws {TypeError} for an attribute whose name CloudEvents does not allow.
 */
export function binaryContent(cloudEvent: CloudEvent): Pick<Message, "headers" | "body"> {
  const headers: Record<string, string> = { "content-type": cloudEvent.datacontenttype ?? "application/json" };
  for (const [name, value] of Object.entries(cloudEvent)) {
    if (value === undefined || value === null || ELSEWHERE.has(name)) continue;
    if (!/^[a-z\d]+$/.test(name)) throw new TypeError("a CloudEvents attribute is named in a-z and 0-9");
    headers[`ce_${name}`] = String(value);
  }
  return { headers, body: dataBytes(cloudEvent) };
}

function dataBytes({ data, datacontenttype = "application/json" }: CloudEvent): Uint8Array {
  if (data === undefined) return new Uint8Array(0);
  // Text that is not JSON stands for itself; anything else has no other form than JSON here.
  const isText = typeof data === "string" && !/[/+]json\b/i.test(datacontenttype);
  return encoder.encode(isText ? data : JSON.stringify(data));
}
