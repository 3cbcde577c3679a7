import type { Context } from "@opentelemetry/api";
import { isLogged, logEvent } from "./logs/log-events.js";
import type { LoggerSource } from "./logs/logger.js";
import { forceFlush } from "./providers.js";
import type { AnyEvent } from "./traces/span-attributes.js";

/** Writes log events. */
export class LogSink {
  readonly #source: LoggerSource;

  constructor(source: LoggerSource) {
    this.#source = source;
  }

  /** Whether anything would come of the event. */
  wants(event: AnyEvent): boolean {
    if (!isLogged(event)) return false;
    const logger = this.#source.find();
    // Loggers older than `enabled` take everything.
    return logger !== undefined && (logger.enabled?.() ?? true);
  }

  handle(event: AnyEvent, context: Context): void {
    const logger = this.#source.find();
    if (logger !== undefined) logEvent(logger, event, context);
  }

  /** Resolves when the SDK has sent what it holds. */
  flush(): Promise<void> {
    return forceFlush(this.#source.provider());
  }
}
