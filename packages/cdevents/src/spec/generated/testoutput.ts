// Made by scripts/generate.ts from the official schemas of CDEvents 0.4.1 and 0.5.1.

import type { CdeventDefinition } from "../definition.js";
import type { Reference } from "../reference.js";
import { LOOSE_REFERENCE, TEXT, URI } from "../schema.js";

/** The content of `testoutput.published`. */
export interface TestoutputPublishedContent {
  readonly outputType: "report" | "video" | "image" | "log" | "other";
  readonly format: string;
  readonly uri?: string;
  readonly testCaseRun?: Reference;
}

/** `dev.cdevents.testoutput.published`: 0.3.0 in 0.5.1, 0.2.0 in 0.4.1. */
export const testoutputPublished: CdeventDefinition<"testoutput.published"> = {
  name: "testoutput.published",
  content: {
    type: "object",
    properties: {
      outputType: { type: "string", enum: ["report", "video", "image", "log", "other"] },
      format: TEXT,
      uri: URI,
      testCaseRun: LOOSE_REFERENCE,
    },
    required: ["outputType", "format"],
    closed: true,
  },
  looseSources: true,
};
