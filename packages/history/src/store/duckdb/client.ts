import { MissingClient, messageOf } from "../errors.js";

/** The package, as far as it is needed at run time. Its types cost nothing; its 70 MB are loaded on opening only. */
export type DuckDb = typeof import("@duckdb/node-api");

/** @throws MissingClient where it is not installed or has no binary for this platform */
export async function loadDuckDb(): Promise<DuckDb> {
  try {
    return await import("@duckdb/node-api");
  } catch (cause) {
    throw new MissingClient(
      `duckdbStore needs the package @duckdb/node-api. Install it: npm install @duckdb/node-api (${messageOf(cause).split("\n")[0]})`,
      { cause },
    );
  }
}
