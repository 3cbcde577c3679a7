import type { AluminiEvent } from "@alumiini/core";
import {
  callback,
  environmentOf,
  flag,
  OptionError,
  oneOf,
  type RulesFor,
  readOptions,
  value,
} from "@alumiini/core/adapter";
import { isUri, isUriReference } from "../spec/formats.js";
import type { Reference } from "../spec/reference.js";
import { commitArtifact, environmentId, segment } from "./identifiers.js";

/** The forms in which an event can be told as CDEvents; `README.md` says which is for whom. */
export const PROFILES = ["adr-004", "0.5.1", "0.4.1", "deployment-draft"] as const;

/** One of {@link PROFILES}. */
export type CdeventsProfile = (typeof PROFILES)[number];

/** What `cdevents` takes. */
export interface CdeventsOptions {
  /** Default `0.5.1`. `adr-004` has the type names of ADR-004, which no released reader of CDEvents takes. */
  readonly profile?: CdeventsProfile | undefined;
  /**
   * `context.source`: the absolute URI of your controller, the cluster included, such as
   * `https://gitops.example.com/clusters/prod`. Default `alumiini:/clusters/<clusterId>`.
   */
  readonly source?: string | ((event: AluminiEvent) => string) | undefined;
  /**
   * The package URL of what a sync deploys, such as `pkg:oci/web@sha256%3A4f2a91c`, and `null` where it deploys nothing
   * that a service runs. Where it returns `undefined`, and by default: `pkg:github/<owner>/<name>@<commit>`, or
   * `pkg:generic/<name>@<commit>?vcs_url=…` for other remotes. Where there is none and an event has to name one
   * (incidents, and the deployments of the draft), that is `pkg:generic/<namespace>/<name>`.
   */
  readonly artifactId?: ((event: AluminiEvent) => string | null | undefined) | undefined;
  /**
   * Where a sync deploys to. Default, and where it returns `undefined`: the event's attribute
   * `deployment.environment.name`, else `{ id: "/<clusterId>/<namespace>" }`.
   */
  readonly environment?: ((event: AluminiEvent) => Reference | undefined) | undefined;
  /**
   * The page of a sync, as an absolute URI; 0.5.1 wants one in `pipelinerun.started`. Default, and where it returns
   * `undefined`: the source and the run's id, joined.
   */
  readonly runUri?: ((event: AluminiEvent) => string | undefined) | undefined;
  /**
   * Whether failed syncs and drift open an `incident.detected` and the next success an `incident.resolved`. For the
   * conformant profiles and the draft. Default false.
   */
  readonly incidents?: boolean | undefined;
}

/** The options with their defaults, as the profiles use them. */
export interface Settings {
  readonly profile: CdeventsProfile;
  readonly incidents: boolean;
  source(event: AluminiEvent): string;
  /** Absent where none is known. */
  artifactId(event: AluminiEvent): string | undefined;
  environment(event: AluminiEvent): Reference;
  runUri(event: AluminiEvent, run: string): string;
}

/** A function, so that a bundler leaves the encoder out where only the specification is used. */
const rules = () =>
  ({
    profile: oneOf(PROFILES, "0.5.1"),
    source: value("an absolute URI, or a function that returns one", isSource, undefined),
    artifactId: callback<NonNullable<CdeventsOptions["artifactId"]>>(),
    environment: callback<NonNullable<CdeventsOptions["environment"]>>(),
    runUri: callback<NonNullable<CdeventsOptions["runUri"]>>(),
    incidents: flag(false),
  }) satisfies RulesFor<CdeventsOptions>;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {OptionError} for an option that is unknown or not valid.
 */
export function settingsOf(options: CdeventsOptions): Settings {
  const { profile, source, artifactId, environment, runUri, incidents } = readOptions("cdevents", options, rules());
  const sourceOf = (event: AluminiEvent): string => {
    if (typeof source === "string") return source;
    if (source === undefined) return `alumiini:/clusters/${segment(event.clusterId)}`;
    return requireUri("source", source(event));
  };
  return {
    profile,
    incidents,
    source: sourceOf,
    artifactId(event) {
      const resolved = artifactId?.(event);
      if (resolved === null) return undefined;
      return resolved === undefined || resolved === "" ? commitArtifact(event) : resolved;
    },
    environment(event) {
      const resolved = environment?.(event);
      if (resolved === undefined) return { id: environmentOf(event) ?? environmentId(event) };
      const { id, source: of = "" } = resolved;
      if (typeof id !== "string" || id === "" || !isUriReference(of)) {
        throw new OptionError("cdevents", "environment", "must return { id, source? }: a text, and a URI reference");
      }
      return resolved;
    },
    runUri(event, run) {
      const resolved = runUri?.(event);
      return resolved === undefined ? `${sourceOf(event).replace(/\/$/, "")}/${run}` : requireUri("runUri", resolved);
    },
  };
}

function requireUri(option: string, uri: string): string {
  if (!isUri(uri)) throw new OptionError("cdevents", option, "must return an absolute URI");
  return uri;
}

function isSource(given: unknown): given is NonNullable<CdeventsOptions["source"]> {
  return typeof given === "function" || (typeof given === "string" && isUri(given));
}
