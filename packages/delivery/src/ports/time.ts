/** Where the runtime gets time and chance from; tests put their own in its place. */
export interface DeliveryTime {
  /** Milliseconds since any fixed point; never goes back. */
  now(): number;
  /** Calls back once, and answers what cancels it. A timer that does not `keepAlive` lets the process end. */
  setTimer(callback: () => void, milliseconds: number, keepAlive?: boolean): () => void;
  /** At least 0, less than 1. */
  random(): number;
}

export const systemTime: DeliveryTime = {
  now: () => performance.now(),
  random: () => Math.random(),
  setTimer(callback, milliseconds, keepAlive = false) {
    const timer = setTimeout(callback, milliseconds);
    if (!keepAlive) unref(timer);
    return () => clearTimeout(timer);
  },
};

/** Browsers answer a number, and have no process that a timer could hold up. */
function unref(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
}
