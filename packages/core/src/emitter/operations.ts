import type { ErrorClassifier } from "../error/classify-error.js";
import type { Attached, Dispatcher } from "./dispatcher.js";
import type { Emitter } from "./emitter.js";

/** What is remembered of an operation, without keeping its handle alive. */
export interface OpenOperation {
  readonly operation: string;
  readonly repoName: string;
}

/** The operations of one telemetry instance. */
export class Operations {
  /** What is under way. */
  readonly open = new Set<OpenOperation>();
  /** Reports operations whose handle was garbage-collected before they ended. */
  readonly forgotten = new FinalizationRegistry<OpenOperation>((operation) => {
    if (this.open.delete(operation)) this.#reportNeverEnded(operation);
  });
  readonly emitter: Emitter;
  readonly dispatcher: Dispatcher;
  readonly classifyError: ErrorClassifier | undefined;

  constructor(emitter: Emitter, dispatcher: Dispatcher, classifyError: ErrorClassifier | undefined) {
    this.emitter = emitter;
    this.dispatcher = dispatcher;
    this.classifyError = classifyError;
  }

  /** The subscribers to tell of operations that begin. */
  listeners(): readonly Attached[] {
    if (this.emitter.isClosed) return [];
    return this.dispatcher.attached.filter(({ counts, subscriber }) => counts.active && subscriber.begin);
  }

  reportOpen(): void {
    for (const operation of this.open) this.#reportNeverEnded(operation);
  }

  #reportNeverEnded(operation: OpenOperation): void {
    this.emitter.report({ kind: "operation_never_ended", ...operation });
  }
}
