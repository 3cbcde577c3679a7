import type { Format } from "./schema.js";

/** Whether a text has a format of JSON Schema. Accepts what the validator Ajv accepts with `ajv-formats`. */
export const FORMATS: Readonly<Record<Format, (text: string) => boolean>> = {
  "date-time": isDateTime,
  uri: isUri,
  "uri-reference": isUriReference,
};

/** What a format demands, in words. */
export const FORMAT_NAMES: Readonly<Record<Format, string>> = {
  "date-time": "an RFC 3339 date and time with an offset",
  uri: "an absolute URI",
  "uri-reference": "a URI or a relative reference",
};

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt\s](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;

function isDateTime(text: string): boolean {
  const match = DATE_TIME.exec(text);
  if (match === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const offsetHours = Number(match[8] ?? 0);
  const offsetMinutes = Number(match[9] ?? 0);
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  if (offsetHours > 23 || offsetMinutes > 59) return false;
  if (hour < 24 && minute < 60 && second < 60) return true;
  return second <= 60 && isLastMinute(hour, minute, (match[7] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes));
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** The last minute of a day in UTC, the only one with a leap second. Ajv takes an hour of 24 there too. */
function isLastMinute(hour: number, minute: number, offset: number): boolean {
  const utc = hour * 60 + minute - offset;
  return utc === 23 * 60 + 59 || utc === -1;
}

// The characters of RFC 3986. A percent sign stands for an escape, which is checked apart: the pattern then runs in
// linear time, whatever the text. In references Ajv takes quotation marks too.
const PLAIN = "\\w\\-.~!$&'()*+,;=%";
const SEGMENT = `["${PLAIN}:@]`;
const AUTHORITY = `(?:[${PLAIN}:]*@)?(?:\\[(?<literal>[^\\]]*)\\]|["${PLAIN}]*)(?::\\d*)?`;
const REFERENCE = /* @__PURE__ */ new RegExp(
  `^(?<scheme>[a-z][a-z\\d+.-]*:)?(?<rest>//?${AUTHORITY}(?:/${SEGMENT}*)*|/?${SEGMENT}+(?:/${SEGMENT}*)*)?` +
    `(?:\\?["${PLAIN}:@/?]*)?(?:#["${PLAIN}:@/?]*)?$`,
  "i",
);
const BROKEN_ESCAPE = /%(?![\da-f]{2})/i;
const FUTURE_ADDRESS = /^v[\da-f]+\.[\w.~!$&'()*+,;=:-]+$/i;
const OCTET = "(?:25[0-5]|2[0-4]\\d|[01]?\\d\\d?)";
const IPV4_END = /* @__PURE__ */ new RegExp(`(^|:)${OCTET}(?:\\.${OCTET}){3}$`);

/** Whether the text is an absolute URI (RFC 3986). */
export function isUri(text: string): boolean {
  const parts = partsOf(text);
  return parts?.["scheme"] !== undefined && parts["rest"] !== undefined && !text.includes('"');
}

/** Whether the text is a URI or a relative reference (RFC 3986). The empty text is one. */
export function isUriReference(text: string): boolean {
  return partsOf(text) !== undefined;
}

function partsOf(text: string): Readonly<Record<string, string | undefined>> | undefined {
  const groups = REFERENCE.exec(text)?.groups;
  if (groups === undefined || BROKEN_ESCAPE.test(text)) return undefined;
  const literal = groups["literal"];
  return literal === undefined || FUTURE_ADDRESS.test(literal) || isIpv6(literal) ? groups : undefined;
}

function isIpv6(text: string): boolean {
  const halves = text.replace(IPV4_END, "$10:0").split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (halves.length > 2 || !groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}
