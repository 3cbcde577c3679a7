import { storeContract } from "./contract.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "./postgres-place.js";

stopSharedPostgres();

storeContract("PostgreSQL", async (context) => new PostgresPlace((await sharedPostgres(context)).url));
