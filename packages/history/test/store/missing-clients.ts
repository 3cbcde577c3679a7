import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import { TABLES } from "./sample.js";

/** Run where no package is installed. */
const engines = {
  duckdb: duckdbStore({ path: "history.duckdb" }),
  postgres: postgresStore({ connectionString: "postgresql://127.0.0.1/none" }),
};
for (const [name, engine] of Object.entries(engines)) {
  const error: unknown = await engine.open(TABLES, () => {}).catch((thrown: unknown) => thrown);
  process.stdout.write(`${name} ${error}\n`);
}
