import { isCustomType } from "./definition.js";
import { subjectTypeOf, typeNameOf } from "./type-names.js";
import type { Cdevent, CdeventLink, CdeventName, ContentOf } from "./types.js";
import type { SpecVersion } from "./version.js";

/** What you say of an event; the rest is the specification's. */
export interface CdeventFields<C> {
  readonly context: {
    /** URI reference that tells who sends: unique together with `id`. */
    readonly source: string;
    /** Default: 32 random hexadecimal digits. */
    readonly id?: string;
    /** RFC 3339 text, or a date. Default: now. */
    readonly timestamp?: string | Date;
    /** Absolute URI. Consumers written in Go refuse one that they don't know. */
    readonly schemaUri?: string;
    /** A UUID that all events of one chain share. */
    readonly chainId?: string;
    readonly links?: readonly CdeventLink[];
  };
  readonly subject: {
    readonly id: string;
    /** URI reference. */
    readonly source?: string;
    readonly content: C;
  };
  /** An object, or base64 text. */
  readonly customData?: Readonly<Record<string, unknown>> | string;
  readonly customDataContentType?: string;
}

/**
 * Makes an event of the specification. The compiler checks which fields it has; what only a running program knows
 * (formats, empty texts) is checked by `parseCdevent`, which takes the event as it is.
 *
 * @param name Such as `service.deployed`.
 * @param version Default `0.5.1`. Flux reads `0.4.1`.
 * @throws {RangeError} when `timestamp` is an invalid date.
 *
 * @example
 * ```ts
 * import { createCdevent } from "@alumiini/cdevents";
 *
 * const event = createCdevent("service.deployed", {
 *   context: { source: "/my/pipeline" },
 *   subject: {
 *     id: "shop/web",
 *     content: { environment: { id: "/prod/shop" }, artifactId: "pkg:oci/web@sha256%3A4f2a91c" },
 *   },
 * });
 * event.context.type; // "dev.cdevents.service.deployed.0.3.0"
 * ```
 */
export function createCdevent<N extends CdeventName, V extends SpecVersion = "0.5.1">(
  name: N,
  fields: CdeventFields<ContentOf<N, V>>,
  version?: V,
): Cdevent<N, V> {
  const used = version ?? "0.5.1";
  // The compiler can't follow that both versions are right at once; the tests parse every type of both.
  return complete(typeNameOf(name, used), subjectTypeOf(name), fields, used) as Cdevent<N, V>;
}

/**
 * Makes a custom event.
 *
 * @param name `<tool>-<subject>.<predicate>.<major>.<minor>.<patch>`, such as `mytool-resource.created.0.1.0`. Tool,
 * subject and predicate are letters (the tool digits too), the versions single digits. Lower case travels farthest.
 * @throws {TypeError} when the name is not of that form.
 * @throws {RangeError} when `timestamp` is an invalid date.
 */
export function createCustomCdevent<V extends SpecVersion = "0.5.1">(
  name: string,
  fields: CdeventFields<Readonly<Record<string, unknown>>>,
  version?: V,
): Cdevent<"custom", V> {
  const type = `dev.cdeventsx.${name}`;
  if (!isCustomType(type)) {
    throw new TypeError("createCustomCdevent: the name must be <tool>-<subject>.<predicate>.<d>.<d>.<d>, all letters");
  }
  return complete(type, name.slice(0, name.indexOf(".")), fields, version ?? "0.5.1") as Cdevent<"custom", V>;
}

function complete(type: string, subjectType: string, fields: CdeventFields<unknown>, version: SpecVersion): unknown {
  const { id = randomId(), timestamp = new Date(), ...context } = fields.context;
  return {
    ...fields,
    context: {
      [version === "0.4.1" ? "version" : "specversion"]: version,
      id,
      type,
      timestamp: typeof timestamp === "string" ? timestamp : timestamp.toISOString(),
      ...context,
    },
    subject: version === "0.4.1" ? { type: subjectType, ...fields.subject } : fields.subject,
  };
}

/** Letters and digits only: CDviz rewrites anything else in ids, but not in the links that name them. */
function randomId(): string {
  let id = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += byte.toString(16).padStart(2, "0");
  return id;
}
