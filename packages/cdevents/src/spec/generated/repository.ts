// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import { FULL_TEXT, TEXT, URI } from "../schema.js";

/** The content of `repository.created` in 0.5.1. */
export interface RepositoryCreatedContent {
  readonly name: string;
  readonly owner?: string;
  readonly uri: string;
  readonly viewUrl?: string;
}

/** The content of `repository.created` in 0.4.1. */
export interface RepositoryCreatedContent041 {
  readonly name: string;
  readonly owner?: string;
  readonly url: string;
  readonly viewUrl?: string;
}

/** `dev.cdevents.repository.created`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const repositoryCreated: CdeventDefinition<"repository.created"> = {
  name: "repository.created",
  content: {
    type: "object",
    properties: { name: FULL_TEXT, owner: TEXT, uri: URI, viewUrl: URI },
    required: ["name", "uri"],
    closed: true,
  },
  content041: {
    type: "object",
    properties: { name: FULL_TEXT, owner: TEXT, url: FULL_TEXT, viewUrl: TEXT },
    required: ["name", "url"],
    closed: true,
  },
};

/** The content of `repository.deleted` in 0.5.1. */
export interface RepositoryDeletedContent {
  readonly name?: string;
  readonly owner?: string;
  readonly uri?: string;
  readonly viewUrl?: string;
}

/** The content of `repository.deleted` in 0.4.1. */
export interface RepositoryDeletedContent041 {
  readonly name?: string;
  readonly owner?: string;
  readonly url?: string;
  readonly viewUrl?: string;
}

/** `dev.cdevents.repository.deleted`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const repositoryDeleted: CdeventDefinition<"repository.deleted"> = {
  name: "repository.deleted",
  content: { type: "object", properties: { name: TEXT, owner: TEXT, uri: URI, viewUrl: URI }, closed: true },
  content041: { type: "object", properties: { name: TEXT, owner: TEXT, url: TEXT, viewUrl: TEXT }, closed: true },
};

/** The content of `repository.modified` in 0.5.1. */
export interface RepositoryModifiedContent {
  readonly name?: string;
  readonly owner?: string;
  readonly uri?: string;
  readonly viewUrl?: string;
}

/** The content of `repository.modified` in 0.4.1. */
export interface RepositoryModifiedContent041 {
  readonly name?: string;
  readonly owner?: string;
  readonly url?: string;
  readonly viewUrl?: string;
}

/** `dev.cdevents.repository.modified`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const repositoryModified: CdeventDefinition<"repository.modified"> = {
  name: "repository.modified",
  content: { type: "object", properties: { name: TEXT, owner: TEXT, uri: URI, viewUrl: URI }, closed: true },
  content041: { type: "object", properties: { name: TEXT, owner: TEXT, url: TEXT, viewUrl: TEXT }, closed: true },
};
