import {
  type AluminiEvent,
  createTelemetry,
  EVENT_TYPES,
  type FailureReport,
  parseWire,
  type Telemetry,
  toWire,
} from "@alumiini/core";
import { emitEveryType } from "../every-type.js";

/** What the scenario came to: plain data, so that the answers of two runtimes can be compared. */
export interface CoreResult {
  readonly everyTypeArrived: boolean;
  readonly idsAscend: boolean;
  readonly timestampsAreNow: boolean;
  readonly operations: readonly string[];
  readonly rethrown: boolean;
  readonly secretsLeft: number;
  readonly wireRoundTrips: number;
  readonly wireErrorPaths: readonly string[];
  readonly failures: readonly string[];
  readonly closing: readonly string[];
}

const REPOSITORY = { repoName: "shop", namespace: "prod", trigger: "poll" } as const;
const SECRET = "ghp_0123456789abcdefghij0123456789abcdef";

/** Uses what core offers everywhere: nothing here knows which runtime it is in. */
export async function scenario(): Promise<CoreResult> {
  const events: AluminiEvent[] = [];
  const failures: FailureReport[] = [];
  const closing: string[] = [];
  const telemetry = createTelemetry({ clusterId: "any-runtime", onFailure: (report) => failures.push(report) });
  telemetry.subscribe({
    name: "collector",
    handle: (event) => void events.push(event),
    flush: (signal) => void closing.push(`flush ${signal.aborted}`),
    close: async () => void closing.push("close"),
  });

  const before = Date.now();
  emitEveryType(telemetry);
  const after = Date.now();
  const everyType = events.splice(0);

  const rethrown = await runOperations(telemetry);
  const operations = events.splice(0);

  telemetry.emit("git_cloned", {
    ...REPOSITORY,
    durationMs: 1,
    repoUrl: `https://bot:${SECRET}@forge.example/shop.git?access_token=${SECRET}`,
    outcome: "failure",
    errorMessage: `fatal: could not read from https://bot:${SECRET}@forge.example/shop.git`,
  });
  const redacted = events.splice(0);

  const broken = telemetry.subscribe({ name: "broken", handle: () => Promise.reject(new Error("sink is down")) });
  telemetry.emit("worker_started", REPOSITORY);
  await telemetry.flush();
  broken.unsubscribe();

  await telemetry[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]();
  telemetry.emit("worker_started", REPOSITORY);

  return {
    everyTypeArrived: everyType.map((event) => event.type).join() === EVENT_TYPES.join(),
    idsAscend: everyType.every((event, index) => index === 0 || event.id > (everyType[index - 1]?.id ?? "")),
    timestampsAreNow: everyType.every(({ timestamp }) => timestamp >= before && timestamp <= after),
    operations: operations.map(describeOperation),
    rethrown,
    secretsLeft: redacted.length === 1 ? JSON.stringify(redacted).split(SECRET).length - 1 : -1,
    wireRoundTrips: everyType.filter(survivesTheWire).length,
    wireErrorPaths: ["{", '{"type":"sync_started"', "[]", '{"__proto__":{"polluted":true}}'].map(wireErrorPath),
    failures: failures.map((report) => report.kind),
    closing,
  };
}

/** A sync whose git step fails: the inner and the outer operation end, and the error comes back as it was. */
async function runOperations(telemetry: Telemetry): Promise<boolean> {
  const fault = new Error("could not resolve host");
  try {
    await telemetry.run("sync", REPOSITORY, (sync) =>
      sync.run("git", { operation: "fetch" }, async () => {
        await Promise.resolve();
        throw fault;
      }),
    );
  } catch (error) {
    return error === fault;
  }
  return false;
}

function describeOperation(event: AluminiEvent): string {
  const errorType = "errorType" in event ? event.errorType : undefined;
  const timed = "durationMs" in event && Number.isInteger(event.durationMs) ? "timed" : "untimed";
  return [event.type, event.outcome, event.severity, timed, errorType ?? "no error"].join(", ");
}

function survivesTheWire(event: AluminiEvent): boolean {
  const text = JSON.stringify(toWire(event));
  const parsed = parseWire(text);
  return parsed.ok && JSON.stringify(toWire(parsed.event)) === text && parsed.event.id === event.id;
}

function wireErrorPath(text: string): string {
  const parsed = parseWire(text);
  if (parsed.ok) return "accepted";
  return Object.hasOwn(Object.prototype, "polluted") ? "polluted" : `refused at "${parsed.error.path}"`;
}
