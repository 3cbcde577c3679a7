// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import { TEXT, URI } from "../schema.js";

/** The content of `environment.created` in 0.5.1. */
export interface EnvironmentCreatedContent {
  readonly name?: string;
  readonly uri?: string;
}

/** The content of `environment.created` in 0.4.1. */
export interface EnvironmentCreatedContent041 {
  readonly name?: string;
  readonly url?: string;
}

/** `dev.cdevents.environment.created`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const environmentCreated: CdeventDefinition<"environment.created"> = {
  name: "environment.created",
  content: { type: "object", properties: { name: TEXT, uri: URI }, closed: true },
  content041: { type: "object", properties: { name: TEXT, url: TEXT }, closed: true },
};

/** The content of `environment.deleted`. */
export interface EnvironmentDeletedContent {
  readonly name?: string;
}

/** `dev.cdevents.environment.deleted`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const environmentDeleted: CdeventDefinition<"environment.deleted"> = {
  name: "environment.deleted",
  content: { type: "object", properties: { name: TEXT }, closed: true },
};

/** The content of `environment.modified` in 0.5.1. */
export interface EnvironmentModifiedContent {
  readonly name?: string;
  readonly uri?: string;
}

/** The content of `environment.modified` in 0.4.1. */
export interface EnvironmentModifiedContent041 {
  readonly name?: string;
  readonly url?: string;
}

/** `dev.cdevents.environment.modified`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const environmentModified: CdeventDefinition<"environment.modified"> = {
  name: "environment.modified",
  content: { type: "object", properties: { name: TEXT, uri: URI }, closed: true },
  content041: { type: "object", properties: { name: TEXT, url: TEXT }, closed: true },
};
