/** How a DuckDB store is opened. */
export interface DuckDbOptions {
  /** The file; made where there is none. Its directory must exist. */
  readonly path: string;
  /** Opens an existing file for queries only, also on a read-only disk. Default false. */
  readonly readOnly?: boolean;
  /** Threads that a query may use, 1 or more. Default 2: more would take the host's cores. */
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

/** @throws TypeError where a number is out of its range */
export function resolveOptions(options: DuckDbOptions): ResolvedDuckDbOptions {
  return {
    path: options.path,
    readOnly: options.readOnly ?? false,
    threads: wholeNumber("threads", options.threads ?? 2, 1),
    memoryLimitMb: wholeNumber("memoryLimitMb", options.memoryLimitMb ?? 256, 32),
    maxTempMb: wholeNumber("maxTempMb", options.maxTempMb ?? 256, 0),
    exportDirectory: options.exportDirectory,
  };
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`duckdbStore: ${name} must be a whole number of at least ${least}`);
}
