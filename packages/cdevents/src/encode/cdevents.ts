import { type AluminiEvent, toWire } from "@alumiini/core";
import type { CloudEvent, EncodeCloudEvents } from "@alumiini/core/delivery";
import type { SpecVersion } from "../spec/definition.js";
import { subjectTypeOf, typeNameOf } from "../spec/type-names.js";
import { ulidOf, uuidOf } from "./identity.js";
import { linksOf } from "./links.js";
import { type CdeventsOptions, type CdeventsProfile, settingsOf } from "./options.js";
import type { Outline, Profile } from "./outline.js";
import { adrProfile } from "./profile-adr.js";
import { conformantProfile } from "./profile-conformant.js";
import { draftProfile } from "./profile-draft.js";
import { RecentTrail } from "./trail.js";

interface Dialect {
  readonly profile: Profile;
  readonly version: SpecVersion;
}

const DIALECTS: Readonly<Record<CdeventsProfile, Dialect>> = {
  "adr-004": { profile: adrProfile, version: "0.5.1" },
  "0.5.1": { profile: conformantProfile, version: "0.5.1" },
  "0.4.1": { profile: conformantProfile, version: "0.4.1" },
  "deployment-draft": { profile: draftProfile, version: "0.5.1" },
};

/**
 * Makes an encoder: each event becomes one or more CDEvents, each in a CloudEvent (ADR-004 sections 7 and 8). The first
 * CDEvent has the event's id, further ones have ids that follow from it: who gets one twice can tell. The encoder does
 * no I/O; it remembers ids of recent events, at most 10,000 of each sort, to link later ones to them. Use one encoder
 * for each sink.
 *
 * @throws {TypeError} when an option is unusable. The encoder throws where a function among the options does.
 *
 * @example
 * ```ts
 * import { cdevents } from "@alumiini/cdevents";
 * import { sampleEvents } from "@alumiini/core/testing";
 *
 * const encode = cdevents({ profile: "0.5.1", source: "https://gitops.example.com/clusters/prod" });
 * for (const event of sampleEvents()) {
 *   for (const cloudEvent of encode(event)) JSON.stringify(cloudEvent.data);
 * }
 * ```
 */
export function cdevents(options: CdeventsOptions = {}): EncodeCloudEvents {
  const settings = settingsOf(options);
  const { profile, version } = DIALECTS[settings.profile];
  const encoding = { settings, trail: new RecentTrail() };
  const versionField = version === "0.4.1" ? "version" : "specversion";

  return (event) => {
    const source = settings.source(event);
    const time = new Date(event.timestamp).toISOString();
    const chainId = chainIdOf(event);
    const customData = { alumiini: toWire(event) };
    const traceparent = traceparentOf(event);

    return profile(event, encoding).map((outline, index): CloudEvent => {
      const type = typeOf(outline, version);
      const id = index === 0 ? event.id : ulidOf(event.timestamp, `${event.id} ${type}`);
      const context: Record<string, unknown> = { [versionField]: version, id, source, type, timestamp: time };
      if (chainId !== undefined && !outline.outsideChain) context["chainId"] = chainId;
      const links = outline.links && linksOf(outline.links, event.id);
      if (links !== undefined) context["links"] = links;
      const cloudEvent = {
        specversion: "1.0",
        id,
        source,
        type,
        subject: outline.subject,
        time,
        datacontenttype: "application/json",
        data: { context, subject: subjectOf(outline, version), customData },
      } as const;
      return traceparent === undefined ? cloudEvent : { ...cloudEvent, traceparent };
    });
  };
}

function typeOf({ type }: Outline, version: SpecVersion): string {
  if ("name" in type) return typeNameOf(type.name, version);
  return "custom" in type ? `dev.cdeventsx.${type.custom}` : `dev.cdevents.${type.own}`;
}

function subjectOf({ type, subject: id, subjectSource, content }: Outline, version: SpecVersion): unknown {
  const subject: Record<string, unknown> = { id };
  if (subjectSource !== undefined) subject["source"] = subjectSource;
  if (version !== "0.4.1") return { ...subject, content };
  const name = "name" in type ? subjectTypeOf(type.name) : subjectTypeOf("custom" in type ? type.custom : type.own);
  const { uri, ...rest } = content;
  // What 0.5.1 calls uri, 0.4.1 called url.
  return { ...subject, type: name, content: uri === undefined || "custom" in type ? content : { ...rest, url: uri } };
}

/** One UUID for each sync, the same in every process. */
function chainIdOf({ clusterId, namespace, repoName, syncId }: AluminiEvent): string | undefined {
  return syncId === undefined ? undefined : uuidOf(JSON.stringify([clusterId, namespace, repoName, syncId]));
}

/** The event has a span only where it is recorded: hence the flag. */
function traceparentOf({ traceId, spanId }: AluminiEvent): string | undefined {
  return traceId === undefined || spanId === undefined ? undefined : `00-${traceId}-${spanId}-01`;
}
