// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a template within a text is what is tested
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { portabilityFaults, statementsIn } from "./portable-sql.js";

const SOURCES = join(import.meta.dirname, "..", "src");

describe("SQL that both engines run", () => {
  // Each engine's own folder may use what only it has.
  const files = globSync("**/*.ts", { cwd: SOURCES }).filter((path) => !/^store\/(duckdb|postgres)\//.test(path));
  const statements = files.flatMap((path) =>
    statementsIn(path, readFileSync(join(SOURCES, path), "utf8")).map(({ line, sql }) => ({
      at: `${path}:${line}`,
      sql,
    })),
  );

  it("is found", () => {
    expect(statements.filter(({ sql }) => /^\s*select/i.test(sql)).length).toBeGreaterThan(3);
  });

  it("uses nothing that they answer differently", () => {
    const faults = statements.flatMap(({ at, sql }) => portabilityFaults(sql).map((fault) => `${at}: ${fault}`));
    expect(faults).toEqual([]);
  });
});

describe("the list of what differs", () => {
  it.each([
    "select a / b from t",
    "select a / 7 from t",
    "select a // 7 from t",
    "select mod(a, b) from t",
    "select mod(f(a), b + 1) from t",
    "select a % b from t",
    "select a from t order by a desc limit 1",
    "select round(a) from t",
    "select a from t where a ~ 'x'",
    "select a from t where a like 'x\\_%'",
    "select a from t where a ilike $1",
    "select a from t where ts > now()",
    "select date_trunc('day', a) from t",
    "select 30*86400000 from t",
    "select avg(duration) from t",
    "select to_char(a) from t",
    "select a from t for update",
    "select a from t where body @> $1",
    "select a from t qualify row_number() over () = 1",
    "select arg_max(a, b) from t",
    "select min(a) over (order by b rows between 1 following and unbounded following) from t",
    "insert into t select 1 on conflict do nothing",
  ])("refuses %s", (sql) => {
    expect(portabilityFaults(sql)).not.toEqual([]);
  });

  it.each([
    "select floor(a / 86400000.0) as day from t",
    "select a / nullif(cast(b as double precision), 0) from t",
    "select mod(a, nullif(b, 0)), mod(a, 7) from t",
    "select a from t order by a desc nulls last, b",
    "select a from t where a like $1 escape '!' and b like 'x%'",
    "select avg(cast(a as double precision)) from t",
    "select 'a / b ~ desc' as text from t",
    "select min(a) over (order by b desc nulls last rows between unbounded preceding and 1 preceding) from t",
    "select count(*) filter (where a is distinct from b) from t where a <> b and a <= b",
  ])("allows %s", (sql) => {
    expect(portabilityFaults(sql)).toEqual([]);
  });

  it("looks into templates and parts of statements", () => {
    const source =
      "const x = `select ${a} from t order by ${b} desc`; const y = 'order by a desc'; const z = 'and so on';";
    expect(statementsIn("x.ts", source).flatMap(({ sql }) => portabilityFaults(sql))).toHaveLength(2);
  });
});
