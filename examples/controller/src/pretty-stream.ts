import pretty from "pino-pretty";

/** A destination for pino that people can read: time, level, message. Synchronous, so that no line is lost at exit. */
export function prettyStream(): ReturnType<typeof pretty> {
  return pretty({ sync: true, hideObject: true, translateTime: "SYS:HH:MM:ss.l", ignore: "pid,hostname" });
}
