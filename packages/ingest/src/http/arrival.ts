import type { BodyLimits, BodyRead } from "./body.js";

/** A request, whatever brought it. */
export interface Arrival {
  readonly method: string;
  /** Absolute, or from the path on. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readBody(limits: BodyLimits): Promise<BodyRead>;
}

/** What is answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
