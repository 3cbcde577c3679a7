import type { AluminiEvent } from "@alumiini/core";
import { isUri, isUriReference } from "../spec/formats.js";
import type { Reference } from "../spec/reference.js";
import { commitArtifact, environmentId, segment } from "./identifiers.js";

/** The forms in which an event can be told as CDEvents; `README.md` says which is for whom. */
export const PROFILES = ["adr-004", "0.5.1", "0.4.1", "deployment-draft"] as const;

/** One of {@link PROFILES}. */
export type CdeventsProfile = (typeof PROFILES)[number];

/** What `cdevents` takes. */
export interface CdeventsOptions {
  /** Default `adr-004`. */
  readonly profile?: CdeventsProfile | undefined;
  /**
   * `context.source`: the absolute URI of your controller, the cluster included, such as
   * `https://gitops.example.com/clusters/prod`. Default `alumiini:/clusters/<clusterId>`.
   */
  readonly source?: string | ((event: AluminiEvent) => string) | undefined;
  /**
   * The package URL of what a sync deploys, such as `pkg:oci/web@sha256%3A4f2a91c`, and `null` where it deploys nothing
   * that a service runs. Where it answers `undefined`, and by default: `pkg:github/<owner>/<name>@<commit>`, or
   * `pkg:generic/<name>@<commit>?vcs_url=…` for other remotes. Where there is none and an event has to name one
   * (incidents, and the deployments of the draft), that is `pkg:generic/<namespace>/<name>`.
   */
  readonly artifactId?: ((event: AluminiEvent) => string | null | undefined) | undefined;
  /** Where a sync deploys to. Default, and where it answers `undefined`: `{ id: "/<clusterId>/<namespace>" }`. */
  readonly environment?: ((event: AluminiEvent) => Reference | undefined) | undefined;
  /**
   * The page of a sync, as an absolute URI; 0.5.1 wants one in `pipelinerun.started`. Default, and where it answers
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

/** Checks the options and fills in the defaults. */
export function settingsOf(options: CdeventsOptions): Settings {
  const { profile = "adr-004", source, artifactId, environment, runUri, incidents = false } = options;
  if (!PROFILES.includes(profile)) throw new TypeError(`cdevents: profile must be one of ${PROFILES.join(", ")}`);
  if (typeof source === "string") requireUri("source", source);
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
      if (resolved === undefined) return { id: environmentId(event) };
      const { id, source: of = "" } = resolved;
      if (typeof id !== "string" || id === "" || !isUriReference(of)) {
        throw new TypeError("cdevents: environment must answer { id, source? }: a text, and a URI reference");
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
  if (!isUri(uri)) throw new TypeError(`cdevents: ${option} must be an absolute URI`);
  return uri;
}
