import type { CdeventLink } from "../spec/types.js";

/**
 * How an outline is connected. `previous` stands for the first CDEvent of the same event, whose id isn't made yet.
 */
export interface Links {
  /** The event that this one follows from. */
  readonly path?: string | typeof PREVIOUS | undefined;
  /** Whether the chain ends here. */
  readonly end?: boolean;
  /** The event that triggered this one, in another chain. */
  readonly trigger?: typeof PREVIOUS;
}

/** The first CDEvent made of the same event. */
export const PREVIOUS = Symbol("previous");

/** The links as CDEvents have them, or nothing. `tags` are always there: without them, Go turns them into `null`. */
export function linksOf({ path, end, trigger }: Links, firstId: string): readonly CdeventLink[] | undefined {
  const links: CdeventLink[] = [];
  const from = path === PREVIOUS ? firstId : path;
  if (from !== undefined) links.push({ linkType: "PATH", from: { contextId: from }, tags: {} });
  // The specification lets an end stand alone, but the Go SDK then reads an empty `contextId` and refuses the event.
  if (end && from !== undefined) links.push({ linkType: "END", from: { contextId: from }, tags: {} });
  if (trigger !== undefined) {
    links.push({ linkType: "RELATION", linkKind: "TRIGGER", target: { contextId: firstId }, tags: {} });
  }
  return links.length > 0 ? links : undefined;
}
