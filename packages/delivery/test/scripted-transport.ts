import fc from "fast-check";
import type { Message, SendResult, Transport } from "../src/index.js";
import type { FakeTime } from "./fake-time.js";
import { delivered, rejected, retry } from "./support.js";

/** What a transport does with one batch. */
export type Behaviour =
  | { readonly kind: "answer"; readonly answers: readonly ("delivered" | "retry" | "rejected")[] }
  | { readonly kind: "fail" | "throw" | "garbage" | "too few" | "hang" | "hang forever" };

/** A behaviour, and the milliseconds until it shows. */
export type Step = Behaviour & { readonly latency: number };

const answers = fc.array(fc.constantFrom("delivered", "retry", "rejected"), { minLength: 1, maxLength: 5 });

export const anyStep: fc.Arbitrary<Step> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("answer"), answers: fc.constant(["delivered"]) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("answer"), answers }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom("fail", "throw", "garbage", "too few", "hang", "hang forever"),
        }),
      },
    ),
    fc.constantFrom(0, 0, 1, 7, 33, 133, 1733),
  )
  .map(([behaviour, latency]) => ({ ...behaviour, latency }) as Step);

/** How a transport groups messages; `learns`: it can say by key once it has connected, as one that asks its receiver. */
export type Grouping = "none" | "by key" | "learns" | "by message" | "throws";
export const anyGrouping = fc.constantFrom<Grouping>("none", "by key", "by key", "learns", "by message", "throws");

/** Milliseconds after an abort within which an answer still counts. */
const GRACE_MS = 1000;

/** A receiver whose behaviour is written down, batch by batch; well once the script is at its end. */
export class ScriptedTransport implements Transport {
  /** Messages whose delivery was confirmed in time, in that order. */
  readonly confirmed: Message[] = [];
  /** Calls of `send` under way that have not been left to themselves. */
  underWay = 0;
  mostUnderWay = 0;
  /** Keys that were in two batches at once. */
  readonly shared: string[] = [];
  /** Batches of several groups, where none may be. */
  readonly mixed: string[][] = [];
  closedWhileSending = false;
  closes = 0;
  healed = false;
  readonly #keys = new Map<string, number>();
  #next = 0;
  #connects = 0;
  #connected = false;

  constructor(
    readonly time: FakeTime,
    readonly script: readonly Step[],
    readonly failingConnects = 0,
    readonly grouping: Grouping = "none",
  ) {}

  groupOf({ id, key }: Message): string {
    if (this.grouping === "throws") throw new Error("no group");
    if (this.grouping === "by message") return id.slice(-1);
    const knows = this.grouping === "by key" || (this.grouping === "learns" && this.#connected);
    return knows ? groupOfKey(key) : "";
  }

  async connect(): Promise<void> {
    if (this.#connects++ < this.failingConnects && !this.healed) throw new Error("refused");
    this.#connected = true;
  }

  async close(): Promise<void> {
    this.closes++;
    if (this.underWay > 0) this.closedWhileSending = true;
  }

  send(batch: readonly Message[], signal: AbortSignal): Promise<readonly SendResult[]> {
    const step: Step = this.healed
      ? { kind: "answer", answers: ["delivered"], latency: 0 }
      : (this.script[this.#next++] ?? { kind: "answer", answers: ["delivered"], latency: 0 });
    if (step.kind === "throw") throw new Error("thrown at once");
    const keys = new Set(batch.map(({ key }) => key));
    const groups = [...new Set([...keys].map(groupOfKey))];
    if ((this.grouping === "by key" || this.grouping === "learns") && groups.length > 1) this.mixed.push(groups);
    this.#begin(keys);
    return new Promise((resolve, reject) => {
      let over = false;
      const end = () => {
        if (over) return false;
        over = true;
        this.#end(keys);
        return true;
      };
      signal.addEventListener("abort", () => {
        this.time.setTimer(end, GRACE_MS - 0.5);
        if (step.kind === "hang" && end()) reject(new Error("aborted"));
      });
      if (step.kind === "hang" || step.kind === "hang forever") return;
      this.time.setTimer(() => {
        if (!end()) return;
        if (step.kind === "fail") reject(new Error("failed"));
        else resolve(this.#results(batch, step));
      }, step.latency);
    });
  }

  #results(batch: readonly Message[], step: Step): readonly SendResult[] {
    // As if a transport in plain JavaScript got it wrong.
    if (step.kind === "garbage") return JSON.parse('["delivered", 7, null, { "status": "?" }]');
    const answers = step.kind === "answer" ? step.answers : (["delivered"] as const);
    const held = new Set<string>();
    const results = batch.map((message, index): SendResult => {
      const answer = answers[index % answers.length];
      // A transport keeps the order within a batch: nothing overtakes what must be sent again.
      if (answer === "retry" || held.has(message.key)) {
        held.add(message.key);
        return retry();
      }
      return answer === "rejected" ? rejected() : delivered;
    });
    const given = step.kind === "too few" ? results.slice(0, Math.floor(results.length / 2)) : results;
    given.forEach((result, index) => {
      const message = batch[index];
      if (result.status === "delivered" && message !== undefined) this.confirmed.push(message);
    });
    return given;
  }

  #begin(keys: ReadonlySet<string>): void {
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    for (const key of keys) {
      const count = (this.#keys.get(key) ?? 0) + 1;
      this.#keys.set(key, count);
      if (count > 1) this.shared.push(key);
    }
  }

  #end(keys: ReadonlySet<string>): void {
    this.underWay--;
    for (const key of keys) this.#keys.set(key, (this.#keys.get(key) ?? 0) - 1);
  }
}

/** The first two keys belong together, and so do all others. */
function groupOfKey(key: string): string {
  return key < "c" ? "a and b" : "the rest";
}
