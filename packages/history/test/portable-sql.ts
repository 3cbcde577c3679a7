import ts from "typescript";

/** A construct that DuckDB and PostgreSQL don't answer alike, mostly without an error. */
interface Rule {
  readonly pattern: RegExp;
  readonly instead: string;
}

const RULES: readonly Rule[] = [
  {
    // `/ 86400000.0` and `/ nullif(cast(… as double precision), 0)` are the same on both.
    pattern: /(?<![/*])\/(?!\s*\d+\.\d)(?!\s*nullif\(\s*cast\()(?![/*])/,
    instead:
      "integers divide to 3.5 on DuckDB and to 3 on PostgreSQL: divide by a number with a decimal point, or by nullif(cast(x as double precision), 0)",
  },
  { pattern: /\/\//, instead: "PostgreSQL has no //: use floor(x / 2.0)" },
  {
    pattern: /\bmod\((?![^()]*(?:\([^()]*\)[^()]*)*,\s*(?:nullif\(|[1-9]\d*\s*\)))/i,
    instead: "mod by zero is null on DuckDB, an error on PostgreSQL: mod(a, nullif(b, 0))",
  },
  { pattern: /%\s*(?!['%])(?:\w|\$|\()/, instead: "use mod(a, nullif(b, 0))" },
  {
    pattern: /\bdesc\b(?!\s+nulls\s+(?:first|last))/i,
    instead: "nulls come last on DuckDB and first on PostgreSQL: desc nulls last",
  },
  {
    pattern: /\bround\(/i,
    instead: "2.5 rounds to 3 on DuckDB and to 2 on PostgreSQL: round in TypeScript, or floor(x + 0.5)",
  },
  {
    pattern: /(?<![<>!])~/,
    instead: "~ matches the whole text on DuckDB and a part on PostgreSQL: use like or position",
  },
  {
    pattern: /\b(?:i?like)\s+(?:'[^']*\\[^']*'|\$\d+|\S+\|\|)(?!\s*escape)/i,
    instead: "a backslash escapes on PostgreSQL only: add escape",
  },
  {
    pattern:
      /\b(?:interval|timestamptz?|date_trunc|to_timestamp|now\(\)|current_timestamp|current_date|make_interval|age\(|extract\()/i,
    instead: "time is milliseconds in bigint columns; no time types in SQL",
  },
  {
    pattern: /\b\d+\s*\*\s*\d{4,}\b/,
    instead: "integer literals overflow int4 on PostgreSQL: pass the product as a parameter",
  },
  {
    pattern: /\bavg\((?!\s*cast\([^)]* as double precision\))/i,
    instead: "avg of a bigint is numeric on PostgreSQL: avg(cast(x as double precision))",
  },
  { pattern: /\b(?:to_char|width_bucket)\(|\bfor update\b|@>|\bjsonb\b/i, instead: "DuckDB has no such thing" },
  {
    pattern:
      /\b(?:qualify|arg_max|arg_min|exclude|pivot|asof join|list_\w+|struct_\w+|try_cast|group by all|order by all)\b|\bmax_by\(/i,
    instead: "PostgreSQL has no such thing",
  },
  {
    pattern: /\brows\s+between\s+(?:1|current)\s+(?:following|row)\s+and\s+unbounded\s+following/i,
    instead: "quadratic with filter: order the window the other way, rows between unbounded preceding and 1 preceding",
  },
  { pattern: /\bon conflict\b|\breturning\b/i, instead: "the stores write; queries only read" },
];

/** What is wrong with a statement; nothing where both engines answer it alike. */
export function portabilityFaults(sql: string): string[] {
  // What is in quotes is data, but for patterns of `like`.
  const bare = sql.replaceAll(/'(?:[^'\\]|'')*'/g, "''").replaceAll(/--.*$/gm, "");
  return RULES.flatMap(({ pattern, instead }) =>
    pattern.test(bare) || (/like/i.test(String(pattern)) && pattern.test(sql)) ? [instead] : [],
  );
}

/** The statements in a TypeScript source, parts that are put in at run time left out. */
export function statementsIn(path: string, text: string): { readonly line: number; readonly sql: string }[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: { line: number; sql: string }[] = [];
  const visit = (node: ts.Node): void => {
    const sql = literalText(node);
    if (sql !== undefined && isSql(sql)) {
      found.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, sql });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function literalText(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(" part ");
}

/** Whole statements, and parts of ones that are put together. */
function isSql(text: string): boolean {
  return (
    /^\s*(?:select|with|insert|update|delete|order by|group by|where|and|or|from|join|left join|case when)\b[\s\S]*[\s(]/i.test(
      text,
    ) && !/^(?:and|or|from|with|where|select) [a-z]+$/i.test(text.trim())
  );
}
