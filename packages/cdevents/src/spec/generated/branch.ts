// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { REFERENCE } from "../schema.js";

/** The content of `branch.created`. */
export interface BranchCreatedContent {
  readonly repository?: Reference;
}

/** `dev.cdevents.branch.created`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const branchCreated: CdeventDefinition<"branch.created"> = {
  name: "branch.created",
  content: { type: "object", properties: { repository: REFERENCE }, closed: true },
};

/** The content of `branch.deleted`. */
export interface BranchDeletedContent {
  readonly repository?: Reference;
}

/** `dev.cdevents.branch.deleted`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const branchDeleted: CdeventDefinition<"branch.deleted"> = {
  name: "branch.deleted",
  content: { type: "object", properties: { repository: REFERENCE }, closed: true },
};
