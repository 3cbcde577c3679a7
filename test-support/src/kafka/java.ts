import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { JARS } from "./jars.ts";

/** What every JVM with Kafka in it needs. */
export const KAFKA = ["-cp", join(JARS, "*"), "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"] as const;

/** For JVMs that start fast and stay small. */
export const SMALL_JVM = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] as const;

/** Runs a program of Kafka's to its end, and answers what it prints. */
export async function java(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("java", [...SMALL_JVM, ...KAFKA, ...args], { maxBuffer: 2 ** 30 });
  return stdout;
}
