import { type AluminiEvent, toWire } from "@alumiini/core";
import type { CloudEvent, EncodeCloudEvents } from "@alumiini/delivery";
import { subjectTypeOf, typeNameOf } from "../spec/type-names.js";
import type { SpecVersion } from "../spec/version.js";
import { Correlation } from "./correlation.js";
import { repositoryId, runId, ulidOf } from "./identifiers.js";
import { OpenIncidents } from "./incidents.js";
import { type CdeventsOptions, type CdeventsProfile, settingsOf } from "./options.js";
import {
  linksOf,
  PARTIAL_CDEVENT_NAMES,
  type PartialCdevent,
  type PartialCdeventName,
  type Profile,
} from "./partial-cdevent.js";
import { adrProfile } from "./profiles/adr-004.js";
import { conformantProfile } from "./profiles/conformant.js";
import { draftProfile } from "./profiles/deployment-draft.js";

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
 * The NATS subjects of every CDEvent that an encoder makes, custom ones included: for `ensureStream` of
 * `@alumiini/nats-sink`. A stream that lacks the second one refuses events such as `worker_started`.
 */
export const CDEVENTS_SUBJECTS = ["dev.cdevents.>", "dev.cdeventsx.>"] as const;

/**
 * Makes an encoder: each event becomes one or more CDEvents, each in a CloudEvent (ADR-004 sections 7 and 8). The first
 * CDEvent has the event's id, further ids are derived from it, so receivers can recognise duplicates. The encoder does
 * no I/O; it remembers ids of recent events, at most 10,000 of each sort, to link later ones to them. Use one encoder
 * for each sink.
 *
 * @throws {OptionError} for an option that is unknown or not valid. The encoder throws where a function among the options does.
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
  const typeNames = typeNamesOf(version);
  const correlation = new Correlation();
  const incidents = new OpenIncidents();

  return (event) => {
    const sync = correlation.syncOf(event);
    const repository = sync?.repository ?? repositoryId(event);
    const run = sync?.run ?? runId(event, repository);
    const cause = correlation.causeOf(event, repository, sync);
    const partials = profile(event, { settings, incidents, repository, run, cause });
    const source = settings.source(event);
    const wire = toWire(event);
    // RFC 3339 already.
    const time = wire.timestamp;
    const customData = { alumiini: wire };
    const traceparent = traceparentOf(event);

    return partials.map((partial, index): CloudEvent => {
      const type = typeOf(partial, typeNames);
      const id = index === 0 ? event.id : ulidOf(event.timestamp, `${event.id} ${type}`);
      const chainId = partial.outsideChain ? undefined : sync?.chainId;
      const links = partial.links && linksOf(partial.links, event.id);
      const context =
        version === "0.4.1"
          ? { version, id, source, type, timestamp: time, chainId, links }
          : { specversion: version, id, source, type, timestamp: time, chainId, links };
      const cloudEvent = {
        specversion: "1.0",
        id,
        source,
        type,
        subject: partial.subject,
        time,
        datacontenttype: "application/json",
        data: { context, subject: subjectOf(partial, version), customData },
      } as const;
      return traceparent === undefined ? cloudEvent : { ...cloudEvent, traceparent };
    });
  };
}

function typeOf({ type }: PartialCdevent, names: Readonly<Record<PartialCdeventName, string>>): string {
  if ("name" in type) return names[type.name];
  return "custom" in type ? `dev.cdeventsx.${type.custom}` : type.own;
}

function subjectOf(
  { type, subject: id, subjectSource: source, content }: PartialCdevent,
  version: SpecVersion,
): unknown {
  if (version !== "0.4.1") return { id, source, content };
  const name = "name" in type ? subjectTypeOf(type.name) : subjectTypeOf("custom" in type ? type.custom : type.own);
  const { uri, ...rest } = content;
  // What 0.5.1 calls uri, 0.4.1 called url.
  return { id, source, type: name, content: uri === undefined || "custom" in type ? content : { ...rest, url: uri } };
}

function typeNamesOf(version: SpecVersion): Readonly<Record<PartialCdeventName, string>> {
  const names = PARTIAL_CDEVENT_NAMES.map((name) => [name, typeNameOf(name, version)] as const);
  // Every name has been given its value.
  return Object.fromEntries(names) as Record<PartialCdeventName, string>;
}

/** The event has a span only where it is recorded: hence the flag. */
function traceparentOf({ traceId, spanId }: AluminiEvent): string | undefined {
  return traceId === undefined || spanId === undefined ? undefined : `00-${traceId}-${spanId}-01`;
}
