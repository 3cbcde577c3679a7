import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const POM = join(import.meta.dirname, "pom.xml");
const VERSION = /^ {2}<version>(.+)<\/version>/m.exec(readFileSync(POM, "utf8"))?.[1] ?? "unknown";

/** Where install.sh keeps the jars, from one run to the next. */
export const JARS = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "alumiini", `kafka-${VERSION}`);

/** Sees to it that Kafka's jars are there: from the cache, or by Maven from Maven Central. Else skips the test. */
export async function needKafka(context: { skip(reason: string): void }): Promise<void> {
  const missing = await missingForKafka();
  if (missing !== undefined) context.skip(`needs a real Kafka: ${missing}`);
}

let asked: Promise<string | undefined> | undefined;

/** Why there is no Kafka, if there is none. */
export function missingForKafka(): Promise<string | undefined> {
  asked ??= provision();
  return asked;
}

async function provision(): Promise<string | undefined> {
  if (!(javaVersion() >= 17)) return "Java 17 or later is not installed";
  if (existsSync(JARS)) return undefined;
  try {
    await promisify(execFile)("bash", [join(import.meta.dirname, "install.sh")], { timeout: 240_000 });
    return undefined;
  } catch (error) {
    return `Maven could not fetch it: ${error instanceof Error ? error.message.split("\n")[0] : error}`;
  }
}

/** The major version; NaN where there is no Java. */
function javaVersion(): number {
  try {
    const text = execFileSync("java", ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return Number(/^\S+ (\d+)/.exec(text)?.[1]);
  } catch {
    return Number.NaN;
  }
}
