// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { FULL_TEXT, FULL_URI, REFERENCE, TEXT } from "../schema.js";

/** The content of `incident.detected`. */
export interface IncidentDetectedContent {
  readonly description?: string;
  readonly environment: Reference;
  readonly service?: Reference;
  readonly artifactId?: string;
}

/** `dev.cdevents.incident.detected`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const incidentDetected: CdeventDefinition<"incident.detected"> = {
  name: "incident.detected",
  content: {
    type: "object",
    properties: { description: TEXT, environment: REFERENCE, service: REFERENCE, artifactId: FULL_TEXT },
    required: ["environment"],
    closed: true,
  },
};

/** The content of `incident.reported`. */
export interface IncidentReportedContent {
  readonly description?: string;
  readonly environment: Reference;
  readonly ticketURI: string;
  readonly service?: Reference;
  readonly artifactId?: string;
}

/** `dev.cdevents.incident.reported`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const incidentReported: CdeventDefinition<"incident.reported"> = {
  name: "incident.reported",
  content: {
    type: "object",
    properties: {
      description: TEXT,
      environment: REFERENCE,
      ticketURI: FULL_URI,
      service: REFERENCE,
      artifactId: FULL_TEXT,
    },
    required: ["environment", "ticketURI"],
    closed: true,
  },
};

/** The content of `incident.resolved`. */
export interface IncidentResolvedContent {
  readonly description?: string;
  readonly environment: Reference;
  readonly service?: Reference;
  readonly artifactId?: string;
}

/** `dev.cdevents.incident.resolved`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const incidentResolved: CdeventDefinition<"incident.resolved"> = {
  name: "incident.resolved",
  content: {
    type: "object",
    properties: { description: TEXT, environment: REFERENCE, service: REFERENCE, artifactId: FULL_TEXT },
    required: ["environment"],
    closed: true,
  },
};
