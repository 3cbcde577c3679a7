import { Store } from "./store.js";

let ahead = 0;

/** Ages go by the server's clock: the viewer's may be wrong. */
export function setServerTime(asOf: number): void {
  ahead = asOf - Date.now();
}

/** The server's time now, as far as it is known. */
export function serverNow(): number {
  return Date.now() + ahead;
}

/** Ticks every 10 seconds, for ages. */
export const ticks = new Store(0);

setInterval(() => ticks.set(ticks.get() + 1), 10_000);
