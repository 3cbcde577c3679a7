import { flag, type RulesFor, readOptions, required, text, wholeNumber } from "@alumiini/core/adapter";

/** How a DuckDB store is opened. */
export interface DuckDbOptions {
  /** The file; made where there is none. Its directory must exist. */
  readonly path: string;
  /** Opens an existing file for queries only, also on a read-only disk. Default false. */
  readonly readOnly?: boolean;
  /**
   * Threads that a query may use, 1 or more. Default 1: with more, DuckDB's threads spin while they wait for each other,
   * which doubles the CPU time of small statements and slows everything down on a busy machine.
   */
  readonly threads?: number;
  /**
   * What DuckDB may keep in memory, in MiB; default 256, at least 32. The process needs more: about 200 MiB resident
   * at this setting, 550 at 512.
   */
  readonly memoryLimitMb?: number;
  /** What queries may spill to `<path>.tmp`, in MiB. Default 256. */
  readonly maxTempMb?: number;
  /** The only directory that `backup` and Parquet exports may write to. Without it both are refused. */
  readonly exportDirectory?: string;
}

/** The options with all defaults in. */
export interface ResolvedDuckDbOptions {
  readonly path: string;
  readonly readOnly: boolean;
  readonly threads: number;
  readonly memoryLimitMb: number;
  readonly maxTempMb: number;
  readonly exportDirectory: string | undefined;
}

const RULES = {
  path: required(text(undefined)),
  readOnly: flag(false),
  threads: wholeNumber(1, 1_024, 1),
  memoryLimitMb: wholeNumber(32, Number.MAX_SAFE_INTEGER, 256),
  maxTempMb: wholeNumber(0, Number.MAX_SAFE_INTEGER, 256),
  exportDirectory: text(undefined),
} satisfies RulesFor<DuckDbOptions>;

/** @throws {@link OptionError} where an option is missing, unknown or out of its range */
export function resolveOptions(options: DuckDbOptions): ResolvedDuckDbOptions {
  return readOptions("duckdbStore", options, RULES);
}
