/** The formats of JSON Schema that CDEvents uses. */
export type Format = "date-time" | "uri" | "uri-reference";

/** A string. */
export interface TextSchema {
  readonly type: "string";
  /** Not empty. */
  readonly minLength?: 1;
  readonly format?: Format;
  readonly enum?: readonly string[];
  readonly pattern?: RegExp;
}

/** An object; with `closed`, one without further properties. */
export interface ObjectSchema {
  readonly type: "object";
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly closed?: true;
}

/** An array. */
export interface ArraySchema {
  readonly type: "array";
  readonly items: Schema;
}

/** What fits one of the schemas: which one, the value of the property `by` tells. */
export interface ChoiceSchema {
  readonly type: "choice";
  readonly by: string;
  readonly of: Readonly<Record<string, ObjectSchema>>;
}

/** What fits any of the schemas, which differ in their type. */
export interface UnionSchema {
  readonly type: "union";
  readonly of: readonly Schema[];
  readonly expected: string;
}

/** The part of JSON Schema that the CDEvents specification uses, as data. */
export type Schema = TextSchema | ObjectSchema | ArraySchema | ChoiceSchema | UnionSchema;

export const TEXT: TextSchema = { type: "string" };
export const FULL_TEXT: TextSchema = { type: "string", minLength: 1 };
export const URI: TextSchema = { type: "string", format: "uri" };
export const FULL_URI: TextSchema = { type: "string", minLength: 1, format: "uri" };
export const FULL_URI_REFERENCE: TextSchema = {
  type: "string",
  minLength: 1,
  format: "uri-reference",
};

/** A subject of another event, such as the environment of a service. */
export const REFERENCE: ObjectSchema = {
  type: "object",
  properties: { id: FULL_TEXT, source: FULL_URI_REFERENCE },
  required: ["id"],
  closed: true,
};

/** A {@link REFERENCE} of the testing events, whose source may be any text. */
export const LOOSE_REFERENCE: ObjectSchema = {
  type: "object",
  properties: { id: FULL_TEXT, source: TEXT },
  required: ["id"],
  closed: true,
};
