import { readProperty } from "@alumiini/core/adapter";

/** Says what of one sink is lost if the process ends now; `undefined` for nothing. */
export type LossReport = () => string | undefined;

interface Watch {
  readonly reports: Set<LossReport>;
  readonly listener: () => void;
}

/** All copies of this package in one process share the listener, those in ESM and in CommonJS too. */
const SHARED = Symbol.for("@alumiini/delivery exit watch");

/**
 * Has a line printed for each sink that loses messages when the process ends, by one `exit` listener for the whole
 * process. Returns what ends that; the last one removes the listener. Does nothing on platforms without a process.
 */
export function watchExit(report: LossReport): () => void {
  const process = readProperty(globalThis, "process");
  const on = readProperty(process, "on");
  const off = readProperty(process, "removeListener");
  if (typeof on !== "function" || typeof off !== "function") return () => {};
  let watch = sharedWatch();
  if (watch === undefined) {
    const reports = new Set<LossReport>();
    watch = { reports, listener: () => printLosses(reports) };
    Reflect.set(globalThis, SHARED, watch);
    Reflect.apply(on, process, ["exit", watch.listener]);
  }
  const { reports, listener } = watch;
  reports.add(report);
  return () => {
    if (!reports.delete(report) || reports.size > 0) return;
    Reflect.deleteProperty(globalThis, SHARED);
    Reflect.apply(off, process, ["exit", listener]);
  };
}

function sharedWatch(): Watch | undefined {
  const watch: unknown = Reflect.get(globalThis, SHARED);
  return isWatch(watch) ? watch : undefined;
}

function isWatch(value: unknown): value is Watch {
  return readProperty(value, "reports") instanceof Set && typeof readProperty(value, "listener") === "function";
}

function printLosses(reports: ReadonlySet<LossReport>): void {
  for (const report of reports) {
    try {
      const line = report();
      // biome-ignore lint/suspicious/noConsole: the process ends: no callback could still do anything
      if (line !== undefined) console.error(line);
    } catch {
      // One sink that can't be read must not hide what others lose.
    }
  }
}
