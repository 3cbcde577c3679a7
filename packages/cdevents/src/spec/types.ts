import type { Contents041, Contents051, DEFINITIONS } from "./generated/index.js";
import type { TypeName } from "./type-names.js";
import type { SpecVersion } from "./version.js";

/** The name of an event type of the specification, such as `service.deployed`. */
export type CdeventName = (typeof DEFINITIONS)[number]["name"];

/** Another event, by its `context.id`. */
export interface LinkEndpoint {
  readonly contextId: string;
  readonly [field: string]: unknown;
}

/** What tells more about a link. Send at least `{}`: consumers written in Go turn missing tags into `null`. */
export type LinkTags = Readonly<Record<string, unknown>>;

/** How an event is connected with others (CDEvents, "Connected events"). */
export type CdeventLink =
  | { readonly linkType: "PATH"; readonly from: LinkEndpoint; readonly tags?: LinkTags }
  | { readonly linkType: "END"; readonly from?: LinkEndpoint; readonly tags?: LinkTags }
  | {
      readonly linkType: "RELATION";
      readonly linkKind: string;
      readonly target: Partial<LinkEndpoint>;
      readonly tags?: LinkTags;
    };

/** The part of `context` that both versions share. */
interface CommonContext<T extends string> {
  readonly id: string;
  /** URI reference. */
  readonly source: string;
  readonly type: T;
  /** RFC 3339. */
  readonly timestamp: string;
  /** Absolute URI. */
  readonly schemaUri?: string;
  /** A UUID by the specification's prose. */
  readonly chainId?: string;
  readonly links?: readonly CdeventLink[];
}

/** The context of an event of one version. */
export type CdeventContext<V extends SpecVersion, T extends string = string> = CommonContext<T> &
  (V extends "0.4.1" ? { readonly version: string } : { readonly specversion: string });

/** The content of an event type in one version; any object for a custom event. */
export type ContentOf<N extends CdeventName | "custom", V extends SpecVersion> = N extends CdeventName
  ? V extends "0.4.1"
    ? Contents041[N]
    : Contents051[N]
  : Readonly<Record<string, unknown>>;

/** The subject of an event; 0.4.1 demands its type. */
export type CdeventSubject<C, V extends SpecVersion> = {
  readonly id: string;
  /** URI reference. */
  readonly source?: string;
  readonly content: C;
} & (V extends "0.4.1" ? { readonly type: string } : { readonly type?: string });

/** A CDEvent: of any version and type, or of those given. */
export type Cdevent<
  N extends CdeventName | "custom" = CdeventName | "custom",
  V extends SpecVersion = SpecVersion,
> = N extends unknown
  ? V extends unknown
    ? {
        readonly context: CdeventContext<V, TypeName<N, V>>;
        readonly subject: CdeventSubject<ContentOf<N, V>, V>;
        /** An object, or base64 text. */
        readonly customData?: Readonly<Record<string, unknown>> | string;
        readonly customDataContentType?: string;
      }
    : never
  : never;
