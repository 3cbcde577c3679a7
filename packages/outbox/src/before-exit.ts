const callbacks = new Set<() => void>();

function callAll(): void {
  for (const callback of callbacks) callback();
}

/**
 * Calls back whenever nothing keeps the process alive any more; what the callback starts does again. By one listener for all.
 * Returns what ends that.
 */
export function beforeExit(callback: () => void): () => void {
  if (callbacks.size === 0) process.on("beforeExit", callAll);
  callbacks.add(callback);
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) process.removeListener("beforeExit", callAll);
  };
}
