// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { FULL_TEXT, FULL_URI_REFERENCE, REFERENCE } from "../schema.js";

/** The content of `artifact.deleted`. */
export interface ArtifactDeletedContent {
  readonly user?: string;
}

/** `dev.cdevents.artifact.deleted`: 0.2.0 in 0.5.1, 0.1.0 in 0.4.1. */
export const artifactDeleted: CdeventDefinition<"artifact.deleted"> = {
  name: "artifact.deleted",
  content: { type: "object", properties: { user: FULL_TEXT }, closed: true },
};

/** The content of `artifact.downloaded`. */
export interface ArtifactDownloadedContent {
  readonly user?: string;
}

/** `dev.cdevents.artifact.downloaded`: 0.2.0 in 0.5.1, 0.1.0 in 0.4.1. */
export const artifactDownloaded: CdeventDefinition<"artifact.downloaded"> = {
  name: "artifact.downloaded",
  content: { type: "object", properties: { user: FULL_TEXT }, closed: true },
};

/** The content of `artifact.packaged`. */
export interface ArtifactPackagedContent {
  readonly change: Reference;
  readonly sbom?: { readonly uri: string };
}

/** `dev.cdevents.artifact.packaged`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const artifactPackaged: CdeventDefinition<"artifact.packaged"> = {
  name: "artifact.packaged",
  content: {
    type: "object",
    properties: {
      change: REFERENCE,
      sbom: { type: "object", properties: { uri: FULL_URI_REFERENCE }, required: ["uri"], closed: true },
    },
    required: ["change"],
    closed: true,
  },
};

/** The content of `artifact.published`. */
export interface ArtifactPublishedContent {
  readonly sbom?: { readonly uri: string };
  readonly user?: string;
}

/** `dev.cdevents.artifact.published`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const artifactPublished: CdeventDefinition<"artifact.published"> = {
  name: "artifact.published",
  content: {
    type: "object",
    properties: {
      sbom: { type: "object", properties: { uri: FULL_URI_REFERENCE }, required: ["uri"], closed: true },
      user: FULL_TEXT,
    },
    closed: true,
  },
};

/** The content of `artifact.signed`. */
export interface ArtifactSignedContent {
  readonly signature: string;
}

/** `dev.cdevents.artifact.signed`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const artifactSigned: CdeventDefinition<"artifact.signed"> = {
  name: "artifact.signed",
  content: { type: "object", properties: { signature: FULL_TEXT }, required: ["signature"], closed: true },
};
