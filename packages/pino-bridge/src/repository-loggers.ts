import type { AluminiEvent, EventType } from "@alumiini/core";
import { ATTRIBUTE_NAMES } from "@alumiini/core/adapter";
import { internalSymbol, looksAtFields, read } from "./logger.js";
import type { PinoLogger } from "./pino-bridge.js";

/** Children kept at once, of about half a kilobyte each; and how many of them for one type and one name. */
const MAX_CHILDREN = 4096;
const MAX_ALIKE = 8;

/** What recurs from event to event of one type and one repository. */
interface Recurring {
  readonly outcome: string;
  readonly clusterId: string;
  readonly namespace: string;
  readonly repoUrl?: string | undefined;
  readonly branch?: string | undefined;
  readonly repoPath?: string | undefined;
  readonly trigger?: string | undefined;
}

/** A child of the user's logger, and what it is bound to. */
interface Child extends Recurring {
  readonly logger: PinoLogger;
  /** Was enabled when the child was made. A child of pino 9 keeps to that, whatever becomes of the user's logger. */
  readonly level: string;
  /** Those of the user's logger, which `setBindings` changes. */
  readonly bindings: unknown;
}

/**
 * Children of a logger, bound to what recurs from event to event of a repository. pino writes what a child is bound to
 * into a string once, and everything else once for each line.
 */
export class RepositoryLoggers {
  readonly #logger: PinoLogger;
  readonly #bindings: symbol;
  readonly #children = new Map<EventType, Map<string, Child[]>>();
  #count = 0;

  private constructor(logger: PinoLogger, bindings: symbol) {
    this.#logger = logger;
    this.#bindings = bindings;
  }

  /** Those of this logger; `undefined` where something of it would notice that fields are bound. */
  static of(logger: PinoLogger): RepositoryLoggers | undefined {
    const bindings = internalSymbol(logger, "pino.chindings");
    return bindings === undefined || looksAtFields(logger) ? undefined : new RepositoryLoggers(logger, bindings);
  }

  /** Answers the child for the event, and takes out of the line's fields what the child is bound to. */
  bind(event: AluminiEvent & Recurring, level: string, fields: Record<string, unknown>): PinoLogger {
    const bindings = read(this.#logger, this.#bindings);
    let child: Child | undefined;
    for (const known of this.#children.get(event.type)?.get(event.repoName) ?? []) {
      if (known.level === level && known.bindings === bindings && isBoundTo(known, event)) child = known;
    }
    child ??= this.#make(event, level, bindings);
    fields[ATTRIBUTE_NAMES.type] = undefined;
    fields[ATTRIBUTE_NAMES.outcome] = undefined;
    fields[ATTRIBUTE_NAMES.clusterId] = undefined;
    fields[ATTRIBUTE_NAMES.repoName] = undefined;
    fields[ATTRIBUTE_NAMES.namespace] = undefined;
    // Where the event lacks one of these, a custom attribute may have its name.
    if (event.repoUrl !== undefined) fields[ATTRIBUTE_NAMES.repoUrl] = undefined;
    if (event.branch !== undefined) fields[ATTRIBUTE_NAMES.branch] = undefined;
    if (event.repoPath !== undefined) fields[ATTRIBUTE_NAMES.repoPath] = undefined;
    if (event.trigger !== undefined) fields[ATTRIBUTE_NAMES.trigger] = undefined;
    return child.logger;
  }

  #make(event: AluminiEvent & Recurring, level: string, bindings: unknown): Child {
    const { type, repoName, outcome, clusterId, namespace, repoUrl, branch, repoPath, trigger } = event;
    const logger = this.#logger.child({
      [ATTRIBUTE_NAMES.type]: type,
      [ATTRIBUTE_NAMES.outcome]: outcome,
      [ATTRIBUTE_NAMES.clusterId]: clusterId,
      [ATTRIBUTE_NAMES.repoName]: repoName,
      [ATTRIBUTE_NAMES.namespace]: namespace,
      [ATTRIBUTE_NAMES.repoUrl]: repoUrl,
      [ATTRIBUTE_NAMES.branch]: branch,
      [ATTRIBUTE_NAMES.repoPath]: repoPath,
      [ATTRIBUTE_NAMES.trigger]: trigger,
    });
    const child = { outcome, clusterId, namespace, repoUrl, branch, repoPath, trigger, logger, level, bindings };
    this.#keep(type, repoName, child);
    return child;
  }

  #keep(type: EventType, repoName: string, child: Child): void {
    if (this.#count >= MAX_CHILDREN) {
      this.#children.clear();
      this.#count = 0;
    }
    const byName = this.#children.get(type) ?? new Map<string, Child[]>();
    this.#children.set(type, byName);
    const alike = byName.get(repoName) ?? [];
    byName.set(repoName, alike);
    if (alike.length === MAX_ALIKE) this.#count -= alike.splice(0).length;
    alike.push(child);
    this.#count++;
  }
}

function isBoundTo(child: Recurring, event: Recurring): boolean {
  return (
    child.namespace === event.namespace &&
    child.trigger === event.trigger &&
    child.outcome === event.outcome &&
    child.branch === event.branch &&
    child.repoUrl === event.repoUrl &&
    child.repoPath === event.repoPath &&
    child.clusterId === event.clusterId
  );
}
