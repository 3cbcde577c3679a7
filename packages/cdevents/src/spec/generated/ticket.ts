// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import { FULL_TEXT, FULL_URI_REFERENCE, TEXT } from "../schema.js";

/** The content of `ticket.closed`. */
export interface TicketClosedContent {
  readonly summary?: string;
  readonly ticketType?: "bug" | "enhancement" | "incident" | "task" | "question" | (string & {});
  readonly group?: string;
  readonly creator?: string;
  readonly assignees?: readonly string[];
  readonly priority?: "low" | "medium" | "high" | (string & {});
  readonly labels?: readonly string[];
  readonly milestone?: string;
  readonly uri: string;
  readonly resolution: "completed" | "withdrawn" | "duplicate" | (string & {});
  readonly updatedBy?: string;
}

/** `dev.cdevents.ticket.closed`: 0.2.0 in 0.5.1, 0.1.0 in 0.4.1. */
export const ticketClosed: CdeventDefinition<"ticket.closed"> = {
  name: "ticket.closed",
  content: {
    type: "object",
    properties: {
      summary: TEXT,
      ticketType: TEXT,
      group: TEXT,
      creator: FULL_TEXT,
      assignees: { type: "array", items: TEXT },
      priority: TEXT,
      labels: { type: "array", items: TEXT },
      milestone: TEXT,
      uri: FULL_URI_REFERENCE,
      resolution: FULL_TEXT,
      updatedBy: TEXT,
    },
    required: ["uri", "resolution"],
    closed: true,
  },
  subjectType051: true,
};

/** The content of `ticket.created`. */
export interface TicketCreatedContent {
  readonly summary: string;
  readonly ticketType?: "bug" | "enhancement" | "incident" | "task" | "question" | (string & {});
  readonly group?: string;
  readonly creator: string;
  readonly assignees?: readonly string[];
  readonly priority?: "low" | "medium" | "high" | (string & {});
  readonly labels?: readonly string[];
  readonly milestone?: string;
  readonly uri: string;
}

/** `dev.cdevents.ticket.created`: 0.2.0 in 0.5.1, 0.1.0 in 0.4.1. */
export const ticketCreated: CdeventDefinition<"ticket.created"> = {
  name: "ticket.created",
  content: {
    type: "object",
    properties: {
      summary: TEXT,
      ticketType: TEXT,
      group: TEXT,
      creator: FULL_TEXT,
      assignees: { type: "array", items: TEXT },
      priority: TEXT,
      labels: { type: "array", items: TEXT },
      milestone: TEXT,
      uri: FULL_URI_REFERENCE,
    },
    required: ["summary", "creator", "uri"],
    closed: true,
  },
};

/** The content of `ticket.updated`. */
export interface TicketUpdatedContent {
  readonly summary?: string;
  readonly ticketType?: "bug" | "enhancement" | "incident" | "task" | "question" | (string & {});
  readonly group?: string;
  readonly creator?: string;
  readonly assignees?: readonly string[];
  readonly priority?: "low" | "medium" | "high" | (string & {});
  readonly labels?: readonly string[];
  readonly milestone?: string;
  readonly updatedBy?: string;
  readonly uri: string;
}

/** `dev.cdevents.ticket.updated`: 0.2.0 in 0.5.1, 0.1.0 in 0.4.1. */
export const ticketUpdated: CdeventDefinition<"ticket.updated"> = {
  name: "ticket.updated",
  content: {
    type: "object",
    properties: {
      summary: TEXT,
      ticketType: TEXT,
      group: TEXT,
      creator: FULL_TEXT,
      assignees: { type: "array", items: TEXT },
      priority: TEXT,
      labels: { type: "array", items: TEXT },
      milestone: TEXT,
      updatedBy: TEXT,
      uri: FULL_URI_REFERENCE,
    },
    required: ["uri"],
    closed: true,
  },
};
