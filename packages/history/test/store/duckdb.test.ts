import { storeContract } from "./contract.js";
import { DuckDbPlace } from "./duckdb-place.js";

storeContract("DuckDB", () => DuckDbPlace.make());
