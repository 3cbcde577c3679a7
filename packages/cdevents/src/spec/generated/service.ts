// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { FULL_TEXT, REFERENCE } from "../schema.js";

/** The content of `service.deployed`. */
export interface ServiceDeployedContent {
  readonly environment: Reference;
  readonly artifactId: string;
}

/** `dev.cdevents.service.deployed`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const serviceDeployed: CdeventDefinition<"service.deployed"> = {
  name: "service.deployed",
  content: {
    type: "object",
    properties: { environment: REFERENCE, artifactId: FULL_TEXT },
    required: ["environment", "artifactId"],
    closed: true,
  },
};

/** The content of `service.published`. */
export interface ServicePublishedContent {
  readonly environment?: Reference;
}

/** `dev.cdevents.service.published`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const servicePublished: CdeventDefinition<"service.published"> = {
  name: "service.published",
  content: { type: "object", properties: { environment: REFERENCE }, closed: true },
};

/** The content of `service.removed`. */
export interface ServiceRemovedContent {
  readonly environment?: Reference;
}

/** `dev.cdevents.service.removed`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const serviceRemoved: CdeventDefinition<"service.removed"> = {
  name: "service.removed",
  content: { type: "object", properties: { environment: REFERENCE }, closed: true },
};

/** The content of `service.rolledback`. */
export interface ServiceRolledbackContent {
  readonly environment: Reference;
  readonly artifactId: string;
}

/** `dev.cdevents.service.rolledback`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const serviceRolledback: CdeventDefinition<"service.rolledback"> = {
  name: "service.rolledback",
  content: {
    type: "object",
    properties: { environment: REFERENCE, artifactId: FULL_TEXT },
    required: ["environment", "artifactId"],
    closed: true,
  },
};

/** The content of `service.upgraded`. */
export interface ServiceUpgradedContent {
  readonly environment: Reference;
  readonly artifactId: string;
}

/** `dev.cdevents.service.upgraded`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const serviceUpgraded: CdeventDefinition<"service.upgraded"> = {
  name: "service.upgraded",
  content: {
    type: "object",
    properties: { environment: REFERENCE, artifactId: FULL_TEXT },
    required: ["environment", "artifactId"],
    closed: true,
  },
};
