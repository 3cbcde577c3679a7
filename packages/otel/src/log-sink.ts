import type { Context } from "@opentelemetry/api";
import { isLogged, logEvent } from "./log-events.js";
import type { LoggerSource } from "./logger.js";
import { forceFlush } from "./providers.js";
import type { AnyEvent } from "./span-attributes.js";

/** Events kept while the optional Logs API is looked for, which takes some milliseconds after the start. */
const MAX_WAITING = 1000;

/** Writes log events, at once or as soon as it is known where to. */
export class LogSink {
  readonly #source: LoggerSource;
  readonly #waiting: [AnyEvent, Context][] = [];
  #written: Promise<void> | undefined;
  #dropped = 0;

  constructor(source: LoggerSource) {
    this.#source = source;
  }

  /** Events that came while it was not known where to, beyond what is kept, or that could not be written later. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether anything would come of the event. */
  wants(event: AnyEvent): boolean {
    if (!isLogged(event)) return false;
    const logger = this.#source.find();
    // Loggers older than `enabled` take everything.
    return logger instanceof Promise || (logger !== undefined && (logger.enabled?.() ?? true));
  }

  handle(event: AnyEvent, context: Context): void {
    const logger = this.#source.find();
    if (logger instanceof Promise) this.#wait(logger, event, context);
    else if (logger !== undefined) logEvent(logger, event, context);
  }

  /** Resolves when nothing waits any more, and the SDK has sent what it holds. */
  async flush(): Promise<void> {
    await this.#written;
    await forceFlush(this.#source.provider());
  }

  #wait(found: Promise<void>, event: AnyEvent, context: Context): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push([event, context]);
    this.#written ??= found.then(() => this.#writeWaiting());
  }

  #writeWaiting(): void {
    for (const [event, context] of this.#waiting.splice(0)) {
      try {
        this.handle(event, context);
      } catch {
        // Nobody waits for it any more who could be told; that it is missing is counted.
        this.#dropped++;
      }
    }
  }
}
