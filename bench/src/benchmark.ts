/** Something to be measured: one call is one operation. */
export interface Contender {
  readonly name: string;
  run(): void;
}

/** A comparison of ours with what a user would write instead. */
export interface Benchmark {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  readonly ours: Contender;
  readonly alternative: Contender;
  /** What is good enough: the greatest ratio of ours to the alternative, or what ours may take beyond it. */
  readonly target: number | { readonly extraNs: number };
  /** Whether ours must not allocate at all. */
  readonly allocationFree?: boolean;
  /** Throws when the runs did not do what they claim to, and the figures therefore mean nothing. */
  verify(): void | Promise<void>;
}

/** Throws unless the condition holds. */
export function verifyThat(condition: boolean, claim: string): void {
  if (!condition) throw new Error(`The benchmark is void: it is not so that ${claim}`);
}
