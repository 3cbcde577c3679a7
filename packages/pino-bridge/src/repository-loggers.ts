import type { AluminiEvent, EventType } from "@alumiini/core";
import { ATTRIBUTE_NAMES, readProperty } from "@alumiini/core/adapter";
import { internalOf, internalSymbol, type PinoLogger } from "./logger.js";

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
 * Children of a logger, bound to what recurs from event to event of a repository: pino writes bindings into a string once,
 * and everything else once for each line. This wins a quarter of the time of a line (bench/README.md). It reads private
 * symbols of pino; where a version of pino lacks them, {@link RepositoryLoggers.of} returns `undefined` and lines are
 * written through the user's logger, slower and the same.
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

  /** Returns those of a logger; `undefined` where pino differs, or where the logger would notice that fields are bound. */
  static of(logger: PinoLogger): RepositoryLoggers | undefined {
    const bindings = internalSymbol(logger, "pino.chindings");
    return bindings === undefined || looksAtFields(logger) ? undefined : new RepositoryLoggers(logger, bindings);
  }

  /** Returns the child for the event, and takes out of the line's fields what the child is bound to. */
  bind(event: AluminiEvent & Recurring, level: string, fields: Record<string, unknown>): PinoLogger {
    const bindings = readProperty(this.#logger, this.#bindings);
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

/** Whether the logger has something that looks at the fields of a line: bound ones would be missing there. */
function looksAtFields(logger: PinoLogger): boolean {
  return (
    typeof readProperty(internalOf(logger, "pino.formatters"), "log") === "function" ||
    typeof readProperty(internalOf(logger, "pino.hooks"), "logMethod") === "function" ||
    typeof internalOf(logger, "pino.mixin") === "function" ||
    typeof internalOf(logger, "pino.nestedKey") === "string" ||
    readProperty(internalOf(logger, "pino.stream"), Symbol.for("pino.metadata")) === true ||
    // pino's own function that does nothing stands here unless the user has given one.
    readProperty(readProperty(logger, "onChild"), "name") !== "noop"
  );
}
