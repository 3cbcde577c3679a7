import { type DestinationStream, pino } from "pino";
import pretty from "pino-pretty";

/**
 * Where the log goes: JSON lines, or time, level and message for people. Both write synchronously. pino's default
 * destination writes in the background and answers `flush` before it is done, which loses lines at the end of the
 * process.
 */
export function logStream(format: "json" | "pretty"): DestinationStream {
  if (format === "json") return pino.destination({ dest: 1, sync: true });
  return pretty({ sync: true, hideObject: true, translateTime: "SYS:HH:MM:ss.l", ignore: "pid,hostname" });
}
