import { seeded } from "@alumiini-internal/test-support/seeded";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { binaryArray } from "../../src/store/postgres/arrays.js";
import { sharedPostgres, stopSharedPostgres } from "./postgres-place.js";

stopSharedPostgres();

const TEXTS = ["", "NULL", "null", "a,b", '{"a":"\\\\"}', "ä😀", "line\nbreak", "x".repeat(100_000)];
const WHOLE = [0, -1, 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const DOUBLES = [0.1, -0, 5e-324, Number.MAX_VALUE, 1e21];

describe("lists that are sent to PostgreSQL", () => {
  it("come back as they were, whatever they hold", async (context) => {
    const server = await sharedPostgres(context);
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const random = seeded(7);
    const some = <T>(values: readonly T[]): (T | null)[] =>
      Array.from(
        { length: Math.floor(random() * 20) },
        () => values[Math.floor(random() * values.length * 1.1)] ?? null,
      );
    try {
      for (let round = 0; round < 50; round++) {
        const [texts, whole, doubles, flags] = [some(TEXTS), some(WHOLE), some(DOUBLES), some([true, false])];
        const { rows } = await client.query({
          text: "select $1::text[] as texts, $2::bigint[] as whole, $3::double precision[] as doubles, $4::boolean[] as flags",
          values: [
            binaryArray("text", texts),
            binaryArray("bigint", whole),
            binaryArray("double", doubles),
            binaryArray("boolean", flags),
          ],
        });
        const expected = { texts, whole: whole.map((each) => (each === null ? null : String(each))), doubles, flags };
        expect(rows).toEqual([expected]);
      }
    } finally {
      await client.end();
    }
  });
});
