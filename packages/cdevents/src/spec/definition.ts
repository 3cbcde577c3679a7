import type { ChoiceSchema, ObjectSchema, UnionSchema } from "./schema.js";
import { FULL_TEXT, FULL_URI, FULL_URI_REFERENCE, TEXT } from "./schema.js";
import { subjectTypeOf } from "./type-names.js";
import type { SpecVersion } from "./version.js";

/** An event type of the specification, as data: what {@link createCdeventParser} takes. */
export interface CdeventDefinition<N extends string = string> {
  /** `<subject>.<predicate>`, without prefix and version; `custom` for the custom events. */
  readonly name: N;
  /** The schema of `subject.content` in 0.5.1. */
  readonly content: ObjectSchema;
  /** The same in 0.4.1, where it differs. */
  readonly content041?: ObjectSchema;
  /** The sources need not be URI references (the testing events). */
  readonly looseSources?: true;
  /** 0.5.1 allows `subject.type` still. */
  readonly subjectType051?: true;
}

/** Custom events (`dev.cdeventsx.…`), of both versions. */
export const customEvent: CdeventDefinition<"custom"> = { name: "custom", content: { type: "object" } };

const CUSTOM_TYPE = /^dev\.cdeventsx\.[a-zA-Z0-9]+-[a-zA-Z]+\.[a-zA-Z]+\.[0-9]\.[0-9]\.[0-9]$/;
const CUSTOM_SUBJECT_TYPE = /^[a-zA-Z0-9]+-[a-zA-Z]+$/;

/** Whether a type is that of a custom event. */
export function isCustomType(type: string): boolean {
  return CUSTOM_TYPE.test(type);
}

const ENDPOINT: ObjectSchema = { type: "object", properties: { contextId: FULL_TEXT }, required: ["contextId"] };
const LINKS: ChoiceSchema = {
  type: "choice",
  by: "linkType",
  of: {
    END: {
      type: "object",
      properties: { linkType: TEXT, from: ENDPOINT, tags: { type: "object" } },
      closed: true,
    },
    PATH: {
      type: "object",
      properties: { linkType: TEXT, from: ENDPOINT, tags: { type: "object" } },
      required: ["from"],
      closed: true,
    },
    RELATION: {
      type: "object",
      properties: {
        linkType: TEXT,
        linkKind: FULL_TEXT,
        target: { type: "object", properties: { contextId: FULL_TEXT } },
        tags: { type: "object" },
      },
      required: ["linkKind", "target"],
      closed: true,
    },
  },
};

const CUSTOM_DATA: UnionSchema = {
  type: "union",
  of: [{ type: "object" }, TEXT],
  expected: "an object or base64 text",
};

/** The schema of a whole event. */
export function eventSchema(definition: CdeventDefinition, version: SpecVersion, type: string): ObjectSchema {
  const old = version === "0.4.1";
  const versionField = old ? "version" : "specversion";
  const custom = definition.name === customEvent.name;
  const subjectType = custom
    ? { ...TEXT, pattern: CUSTOM_SUBJECT_TYPE }
    : { ...TEXT, enum: [subjectTypeOf(definition.name)] };
  return {
    type: "object",
    closed: true,
    required: ["context", "subject"],
    properties: {
      context: {
        type: "object",
        closed: true,
        required: [versionField, "id", "source", "type", "timestamp"],
        properties: {
          [versionField]: FULL_TEXT,
          id: FULL_TEXT,
          source: definition.looseSources ? FULL_TEXT : FULL_URI_REFERENCE,
          type: { ...TEXT, enum: [type] },
          timestamp: { ...TEXT, format: "date-time" },
          schemaUri: FULL_URI,
          chainId: FULL_TEXT,
          links: { type: "array", items: LINKS },
        },
      },
      subject: {
        type: "object",
        closed: true,
        required: old ? ["id", "type", "content"] : ["id", "content"],
        properties: {
          id: FULL_TEXT,
          source: definition.looseSources ? TEXT : FULL_URI_REFERENCE,
          ...((old || definition.subjectType051) && { type: subjectType }),
          content: (old ? definition.content041 : undefined) ?? definition.content,
        },
      },
      customData: CUSTOM_DATA,
      customDataContentType: TEXT,
    },
  };
}
