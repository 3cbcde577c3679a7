// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { FULL_TEXT, REFERENCE } from "../schema.js";

/** The content of `change.abandoned`. */
export interface ChangeAbandonedContent {
  readonly repository?: Reference;
}

/** `dev.cdevents.change.abandoned`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const changeAbandoned: CdeventDefinition<"change.abandoned"> = {
  name: "change.abandoned",
  content: { type: "object", properties: { repository: REFERENCE }, closed: true },
};

/** The content of `change.created`. */
export interface ChangeCreatedContent {
  readonly description?: string;
  readonly repository?: Reference;
}

/** `dev.cdevents.change.created`: 0.4.0 in 0.5.1, 0.3.0 in 0.4.1. */
export const changeCreated: CdeventDefinition<"change.created"> = {
  name: "change.created",
  content: { type: "object", properties: { description: FULL_TEXT, repository: REFERENCE }, closed: true },
};

/** The content of `change.merged`. */
export interface ChangeMergedContent {
  readonly repository?: Reference;
}

/** `dev.cdevents.change.merged`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const changeMerged: CdeventDefinition<"change.merged"> = {
  name: "change.merged",
  content: { type: "object", properties: { repository: REFERENCE }, closed: true },
};

/** The content of `change.reviewed`. */
export interface ChangeReviewedContent {
  readonly repository?: Reference;
}

/** `dev.cdevents.change.reviewed`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const changeReviewed: CdeventDefinition<"change.reviewed"> = {
  name: "change.reviewed",
  content: { type: "object", properties: { repository: REFERENCE }, closed: true },
};

/** The content of `change.updated`. */
export interface ChangeUpdatedContent {
  readonly repository?: Reference;
}

/** `dev.cdevents.change.updated`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const changeUpdated: CdeventDefinition<"change.updated"> = {
  name: "change.updated",
  content: { type: "object", properties: { repository: REFERENCE }, closed: true },
};
