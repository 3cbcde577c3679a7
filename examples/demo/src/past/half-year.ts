import { DAY, HOUR, MINUTE, type Place, SECOND, Wire } from "./wire.ts";

/** What the made-up half-year holds, counted while it is made: what DORA must find again. */
export interface Tally {
  deployments: number;
  /** Deployments that failed after they had changed something, or were rolled back. */
  failed: number;
  /** Deployments whose commit's time an event tells, rollbacks not counted. */
  leadTimesKnown: number;
}

/** Half a year of a fleet of three clusters. */
export interface HalfYear {
  readonly events: Record<string, unknown>[];
  readonly tally: Tally;
  /** What runs at its end, by repository that is still heard of. */
  readonly running: ReadonlyMap<Place, string>;
}

const DAYS = 181;
const DEFAULT_SEED = 20_261_125;

interface Habit extends Place {
  /** Mean days between two deployments. */
  readonly every: number;
  /** Share of deployments that fail. */
  readonly fails: number;
  /** Whether pushes are told, and with them the time of each commit. */
  readonly pushes: boolean;
  /** Not heard of any more since before the end; what breaks then does so in the incident. */
  readonly last?: "incident" | "silent";
}

/** Milliseconds before the end at which a repository is last heard of. */
const UNTIL = { now: 0, incident: 41 * MINUTE, silent: 7 * HOUR } as const;

/** How often a sync finds nothing new: what happened long ago need not be told so densely. */
function pollEvery(age: number): number {
  return age > 31 * DAY ? DAY : age > 3 * HOUR ? 3 * HOUR : 10 * MINUTE;
}

/** A deployment, from its start to when it was good or had been repaired. */
interface Change {
  readonly from: number;
  readonly until: number;
  /** What runs after it. */
  readonly revision: string;
}

const of =
  (cluster: string, environment: string, pushes: boolean) =>
  (name: string, every: number, fails: number, last?: Habit["last"]): Habit => {
    const [namespace = "", repo = ""] = name.split("/");
    return { cluster, environment, namespace, repo, every, fails, pushes, ...(last !== undefined && { last }) };
  };
const eu = of("prod-eu", "production", true);
const us = of("prod-us", "production", false);
const test = of("staging", "staging", true);

/** Who deploys how often, and how well. */
const FLEET: readonly Habit[] = [
  eu("shop/checkout", 1.5, 0.12, "incident"),
  eu("shop/cart", 2, 0.06),
  eu("shop/payments", 6, 0.04),
  eu("shop/catalogue", 3, 0.08),
  eu("platform/ingress", 14, 0.05),
  eu("platform/monitoring", 9, 0.1),
  us("shop/checkout", 1.5, 0.1),
  us("shop/cart", 2, 0.06),
  us("shop/catalogue", 3, 0.08, "silent"),
  us("platform/ingress", 14, 0.05),
  test("shop/checkout", 0.7, 0.15),
  test("shop/cart", 1, 0.1),
  test("shop/payments", 2, 0.1, "silent"),
];

const FAILURES = [
  { type: "apply_error", message: "health check failed after 2m0s: Deployment/%: 0 of 3 replicas are ready" },
  {
    type: "validation",
    message: 'Deployment/%: spec.template.spec.containers[0].resources.limits.memory: "0" is less than the request',
  },
  { type: "timeout", message: "Deployment/%: exceeded its progress deadline" },
] as const;

/**
 * Makes the half-year before a time. The same seed makes the same events, as far before the time.
 *
 * @param now milliseconds since the Unix epoch
 */
export function halfYear(now: number, seed = DEFAULT_SEED): HalfYear {
  const random = seeded(seed);
  const wire = new Wire();
  const events: Record<string, unknown>[] = [];
  const tally: Tally = { deployments: 0, failed: 0, leadTimesKnown: 0 };
  const running = new Map<Place, string>();
  const hex = () => Array.from({ length: 40 }, () => Math.floor(random() * 16).toString(16)).join("");
  const between = (low: number, high: number) => Math.round(low + random() * (high - low));

  for (const habit of FLEET) {
    const start = now - DAYS * DAY + between(0, 6 * HOUR);
    const end = now - (habit.last === undefined ? 3 * HOUR : 26 * HOUR);
    let current = hex();
    // What ran before anybody watched: seen first, so no deployment.
    events.push(...wire.heartbeat(habit, start, current, 2 * SECOND));
    const changes: Change[] = [{ from: start, until: start, revision: current }];
    let at = start + between(HOUR, habit.every * 2 * DAY);
    while (at < end) {
      const from = at;
      const previous = current;
      const commit = hex();
      const fate = random() < habit.fails ? (random() < 0.6 ? "fails" : "rolled back") : "runs";
      const failure = FAILURES[Math.floor(random() * FAILURES.length)] ?? FAILURES[0];
      // Some are slow: what the objectives for latency count.
      const took = random() < 0.005 ? between(31, 58) * SECOND : between(3, 11) * SECOND;
      const committedAt = habit.pushes ? at - between(8 * MINUTE, 30 * HOUR) : undefined;
      const trigger = habit.pushes ? "webhook" : "poll";
      const name = `${habit.namespace}/${habit.repo}`;
      const failed = fate === "fails" && { failure: { ...failure, message: failure.message.replace("%", name) } };
      events.push(...wire.sync({ place: habit, at, took, commit, previous, committedAt, trigger, ...failed }));
      tally.deployments++;
      if (fate !== "fails") current = commit;
      if (committedAt !== undefined && fate !== "fails") tally.leadTimesKnown++;
      if (fate !== "runs") {
        // Somebody sees it, and repairs it or goes back.
        tally.failed++;
        at += between(15 * MINUTE, 4 * HOUR);
        const repair = fate === "fails" ? hex() : previous;
        const repairedAt = fate === "fails" && habit.pushes ? at - 9 * MINUTE : undefined;
        const next = { commit: repair, previous: current, committedAt: repairedAt, trigger } as const;
        events.push(...wire.sync({ place: habit, at, took, ...next }));
        tally.deployments++;
        if (repairedAt !== undefined) tally.leadTimesKnown++;
        current = repair;
      }
      changes.push({ from, until: at + took, revision: current });
      at += Math.max(3 * HOUR, Math.round(-Math.log(1 - random()) * habit.every * DAY));
    }
    const until = now - UNTIL[habit.last ?? "now"];
    for (let poll = start + DAY; poll < until; poll += pollEvery(now - poll)) {
      const change = changes.findLast(({ from }) => from <= poll + MINUTE);
      // Nothing is told while a change is under way.
      if (change === undefined || change.until >= poll) continue;
      events.push(...wire.heartbeat(habit, poll, change.revision, between(1, 4) * SECOND));
    }
    if (habit.last !== "silent") running.set(habit, current);
  }
  return { events, tally, running };
}

/** A generator of numbers from 0 up to 1 that repeats with its seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value = (value + Math.imul(value ^ (value >>> 7), value | 61)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
