import type { AluminiEvent } from "@alumiini/core";
import { isObject, type JsonObject } from "./json.js";

/** HTTP headers: those of `fetch`, those of `node:http`, or any object, whatever the case of its names. */
export type HeadersLike =
  | { get(name: string): string | null | undefined }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a source sent. */
export interface Delivery {
  readonly headers: HeadersLike;
  /** As it came: UTF-8, or text that was read as such. */
  readonly body: Uint8Array | string;
}

/** The thing in the source that a delivery is about. */
export interface SourceObject {
  /** Who sent it: `flux`, `argocd`, `github`, … */
  readonly system: string;
  /** Its kind there: `Kustomization`, `Application`, `Repository`, `PipelineRun`, … */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The deployment environment, where the source names one. */
  readonly environment?: string | undefined;
  /** Labels, or what Flux calls the metadata of an event. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What a mapper knows besides the delivery. */
export interface MapContext {
  /** Names the cluster on every event. 1 to 256 characters. */
  readonly clusterId: string;
  /** When the delivery arrived, in milliseconds since the Unix epoch. No event's id or time depends on it. */
  readonly receivedAt: number;
  /** The repository's name on events. `undefined` leaves it to the mapper. It must depend on its argument alone. */
  readonly repoName?: ((object: SourceObject) => string | undefined) | undefined;
  /** The attribute `deployment.environment.name`. `undefined` leaves it to the source. */
  readonly environment?: ((object: SourceObject) => string | undefined) | undefined;
}

/** Whether a repository is suspended, if the source says so. */
export interface Suspension {
  readonly repoName: string;
  readonly namespace: string;
  readonly suspended: boolean;
}

/** What a mapper makes of a delivery. */
export interface Mapped {
  /** In the order in which things happened. Empty where `ignored` or `rejected` says why. */
  readonly events: readonly AluminiEvent[];
  /** It is sound and says nothing that would be an event. The reason is a short word. */
  readonly ignored?: { readonly reason: string };
  /** It is not what the source sends. `path` is a JSON Pointer to the offending value; empty for the whole. */
  readonly rejected?: { readonly path: string; readonly message: string };
  /** What the delivery says about suspended repositories. */
  readonly suspensions?: readonly Suspension[];
}

/** Makes events of a delivery. Never throws, and takes time in proportion to the delivery. */
export type Mapper = (delivery: Delivery, context: MapContext) => Mapped;

/** A delivery whose body was read. */
export interface Payload {
  readonly body: JsonObject;
  /** Returns the header's value; `undefined` where it is missing or empty. */
  header(name: string): string | undefined;
}

/** Thrown by what reads a payload, at a value that is not what the source sends. */
export class Unfit extends Error {
  override readonly name = "Unfit";
  readonly path: string;

  constructor(path: readonly string[], message: string) {
    super(message);
    this.path = path.map((key) => `/${key}`).join("");
  }
}

/** Makes a mapper of a function that may throw. */
export function createMapper(read: (payload: Payload, context: MapContext) => Mapped): Mapper {
  return ({ headers, body }, context) =>
    guarded(() => {
      const parsed = parseBody(body);
      if (!isObject(parsed)) return rejected("", "must be a JSON object");
      return read({ body: parsed, header: (name) => headerOf(headers, name) }, context);
    });
}

/** Makes a rejection of what `read` throws. */
export function guarded(read: () => Mapped): Mapped {
  try {
    return read();
  } catch (error) {
    // Besides, what a function of the context throws, and properties that can't be read.
    return error instanceof Unfit ? rejected(error.path, error.message) : rejected("", "can't be read");
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function parseBody(body: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof body === "string" ? body : decoder.decode(body));
  } catch {
    throw new Unfit([], "must be JSON in UTF-8");
  }
}

/** The header's value; of several, the first. */
export function headerOf(headers: HeadersLike, name: string): string | undefined {
  const { get } = headers;
  let value: unknown;
  if (typeof get === "function") value = get.call(headers, name);
  else {
    const wanted = name.toLowerCase();
    for (const [key, given] of Object.entries(headers)) if (key.toLowerCase() === wanted) value = given;
  }
  if (Array.isArray(value)) value = value[0];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function ignored(reason: string): Mapped {
  // The word comes from the source: it must be fit for a metric's label.
  return { events: [], ignored: { reason: /^[\w.-]{1,64}$/.test(reason) ? reason : "other" } };
}

function rejected(path: string, message: string): Mapped {
  return { events: [], rejected: { path, message } };
}
