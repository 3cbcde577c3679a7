import type { AluminiEvent } from "@alumiini/core";
import type { CdeventLink, CdeventName } from "../spec/types.js";
import type { Settings } from "./options.js";

/** The specification's types that profiles make. */
export const PARTIAL_CDEVENT_NAMES = [
  "pipelinerun.queued",
  "pipelinerun.started",
  "pipelinerun.finished",
  "taskrun.started",
  "taskrun.finished",
  "change.merged",
  "service.deployed",
  "service.upgraded",
  "incident.detected",
  "incident.resolved",
] as const satisfies readonly CdeventName[];

/** One of {@link PARTIAL_CDEVENT_NAMES}. */
export type PartialCdeventName = (typeof PARTIAL_CDEVENT_NAMES)[number];

/** A CDEvent before it has a context: what a profile makes of an event. */
export interface PartialCdevent {
  /** Which of the specification's types; or the name of a custom one; or the whole of a type in no released version. */
  readonly type: { readonly name: PartialCdeventName } | { readonly custom: string } | { readonly own: string };
  readonly subject: string;
  /** Absent where the subject is the controller's own. */
  readonly subjectSource?: string;
  /** What isn't known is `undefined`, which JSON leaves out. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly links?: Links;
  /** An incident has a life of its own: it is linked to the sync's chain, and not part of it. */
  readonly outsideChain?: true;
}

/** What a profile has at hand for one event. */
export interface Encoding {
  readonly settings: Settings;
  readonly incidents: Incidents;
  /** `<namespace>/<repository>`: what the event belongs to, and the service that a sync deploys. */
  readonly repository: string;
  /** The subject id of the sync's run. */
  readonly run: string;
  /** The id of the event that this one follows from, where it was seen. */
  readonly cause: string | undefined;
}

/** Which incidents are open. */
export interface Incidents {
  /** Opens the incident that the event is, unless it is open already; answers its subject id. */
  open(event: AluminiEvent, repository: string): string | undefined;
  /** Closes the incident that the event ends, if one is open. */
  close(event: AluminiEvent, repository: string): string | undefined;
}

/** Makes the CDEvents for one event, in order. The first has the event's own id. */
export type Profile = (event: AluminiEvent, encoding: Encoding) => readonly PartialCdevent[];

/**
 * How a partial CDEvent is connected. `previous` stands for the first CDEvent of the same event, whose id isn't made yet.
 */
export interface Links {
  /** The event that this one follows from. */
  readonly path?: string | typeof PREVIOUS | undefined;
  /** Whether the chain ends here. */
  readonly end?: boolean;
  /** The event that triggered this one, in another chain. */
  readonly trigger?: typeof PREVIOUS;
}

/** The first CDEvent made of the same event. */
export const PREVIOUS = Symbol("previous");

/** The links as CDEvents have them, or nothing. `tags` are always there: without them, Go turns them into `null`. */
export function linksOf({ path, end, trigger }: Links, firstId: string): readonly CdeventLink[] | undefined {
  const links: CdeventLink[] = [];
  const from = path === PREVIOUS ? firstId : path;
  if (from !== undefined) links.push({ linkType: "PATH", from: { contextId: from }, tags: {} });
  // The specification lets an end stand alone, but the Go SDK then reads an empty `contextId` and refuses the event.
  if (end && from !== undefined) links.push({ linkType: "END", from: { contextId: from }, tags: {} });
  if (trigger !== undefined) {
    links.push({ linkType: "RELATION", linkKind: "TRIGGER", target: { contextId: firstId }, tags: {} });
  }
  return links.length > 0 ? links : undefined;
}
