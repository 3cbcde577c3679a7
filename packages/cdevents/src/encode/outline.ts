import type { AluminiEvent } from "@alumiini/core";
import type { CdeventName } from "../spec/types.js";
import type { Links } from "./links.js";
import type { Settings } from "./options.js";

/** A CDEvent before it has a context: what a profile makes of an event. */
export interface Outline {
  /**
   * Which of the specification's types; or a type of its own, without `dev.cdevents.` and with its version where it has
   * one.
   */
  readonly type: { readonly name: CdeventName } | { readonly custom: string } | { readonly own: string };
  readonly subject: string;
  /** Absent where the subject is the controller's own. */
  readonly subjectSource?: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly links?: Links;
  /** An incident has a life of its own: it is linked to the sync's chain, and not part of it. */
  readonly outsideChain?: true;
}

/** What a profile has at hand. */
export interface Encoding {
  readonly settings: Settings;
  readonly trail: Trail;
}

/** What must be remembered of earlier events, to link later ones with them. */
export interface Trail {
  /** The id of the event that this one follows from, where it was seen. */
  cause(event: AluminiEvent): string | undefined;
  /** Opens the incident that the event is, unless it is open already; answers its subject id. */
  openIncident(event: AluminiEvent): string | undefined;
  /** Closes the incident that the event ends, if one is open. */
  closeIncident(event: AluminiEvent): string | undefined;
}

/** Makes the CDEvents for one event, in order. The first has the event's own id. */
export type Profile = (event: AluminiEvent, encoding: Encoding) => readonly Outline[];
