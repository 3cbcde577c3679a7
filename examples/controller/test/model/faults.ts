import { AbortedError, ApplyError } from "../../src/errors.js";
import type { Target } from "../../src/targets/target.js";

export const STEPS = ["clone", "fetch", "read", "diff", "apply", "prune"] as const;
export type FaultStep = (typeof STEPS)[number];

/** failure: as expected now and then; crash: a bug; kill: the process is gone, as after kill -9. */
export const KINDS = ["failure", "crash", "kill"] as const;

/** A fault to come: the next time the controller gets to a step. */
export interface Fault {
  readonly step: FaultStep;
  readonly kind: (typeof KINDS)[number];
  /** How many objects the target has written or deleted by then. */
  readonly after: number;
}

/** Faults that wait for the controller. Those of one step follow each other. */
export class Faults {
  readonly #armed: Fault[] = [];
  readonly #onKill: () => void;
  readonly #end: Promise<never>;

  /** A process that was killed does nothing more: what it waits for ends with the test, as cancelled. */
  constructor(onKill: () => void, end: AbortSignal) {
    this.#onKill = onKill;
    this.#end = new Promise((_resolve, reject) => {
      end.addEventListener("abort", () => reject(new AbortedError()));
    });
    this.#end.catch(() => {});
  }

  arm(fault: Fault): void {
    this.#armed.push(fault);
  }

  clear(): void {
    this.#armed.length = 0;
  }

  take(step: FaultStep): Fault | undefined {
    const index = this.#armed.findIndex((fault) => fault.step === step);
    return index < 0 ? undefined : this.#armed.splice(index, 1)[0];
  }

  /** Throws the step's next fault, if there is one. */
  async meet(step: FaultStep, failure: (message: string) => Error): Promise<void> {
    const fault = this.take(step);
    if (fault !== undefined) await this.strike(fault, failure);
  }

  async strike({ step, kind }: Fault, failure: (message: string) => Error): Promise<never> {
    if (kind === "failure") throw failure(`${step} fails`);
    if (kind === "crash") throw new TypeError(`a bug in ${step}`);
    this.#onKill();
    return this.#end;
  }
}

/** A target on which the faults strike in the middle of an apply, or of a prune. */
export function withFaults(target: Target, faults: Faults): Target {
  const failure = (message: string) => new ApplyError("apply_error", message);
  return {
    async diff(manifests, signal) {
      await faults.meet("diff", failure);
      return target.diff(manifests, signal);
    },
    async apply(manifests, signal) {
      const fault = faults.take("apply");
      if (fault === undefined) return target.apply(manifests, signal);
      await target.apply(manifests.slice(0, fault.after), signal);
      return faults.strike(fault, failure);
    },
    async prune(keep, signal) {
      await faults.meet("prune", failure);
      return target.prune(keep, signal);
    },
  };
}
