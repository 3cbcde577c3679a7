interface Flushable {
  flush(callback: (error?: Error) => void): void;
}

/**
 * Resolves when what was logged before the call has left the logger; rejects with the logger's error, or with the
 * signal's reason when that aborts first.
 */
export function flushLogger(logger: Flushable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | undefined) => {
      signal.removeEventListener("abort", onAbort);
      if (error) reject(error);
      else resolve();
    };
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    // Twice: a flush that meets a write under way (sonic-boom 4) ends with that write and leaves the buffer behind it.
    logger.flush((error) => {
      if (error || signal.aborted) settle(error);
      else logger.flush(settle);
    });
  });
}
