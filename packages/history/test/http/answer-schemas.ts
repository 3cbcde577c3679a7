import { join } from "node:path";
import ts from "typescript";

const ANSWERS = join(import.meta.dirname, "../../src/queries/answers");

type Schema = Record<string, unknown>;

/** JSON Schemas of all exported answers and what they consist of, by the names of their types: made from the types. */
export function answerSchemas(): Record<string, Schema> {
  const entry = join(ANSWERS, "queries.ts");
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts"],
    types: [],
    strict: true,
    noEmit: true,
  });
  const maker = new SchemaMaker(program.getTypeChecker());
  for (const file of program.getSourceFiles()) {
    if (!file.fileName.startsWith(ANSWERS)) continue;
    for (const statement of file.statements) {
      const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
      if (isType && (statement.name.text.endsWith("Answer") || statement.name.text === "TailItem")) {
        maker.define(statement);
      }
    }
  }
  return Object.fromEntries([...maker.schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
}

class SchemaMaker {
  readonly schemas = new Map<string, Schema>();
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  define(declaration: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): void {
    const name = declaration.name.text;
    if (this.schemas.has(name)) return;
    const schema: Schema = {};
    // Before it is known, so that types may hold themselves.
    this.schemas.set(name, schema);
    const symbol = this.#checker.getSymbolAtLocation(declaration.name);
    Object.assign(schema, this.#described(symbol), this.#inline(this.#checker.getTypeAtLocation(declaration)));
  }

  #schemaOf(type: ts.Type): Schema {
    const symbol = type.aliasSymbol ?? type.getSymbol();
    const [declaration] = symbol?.declarations ?? [];
    const isNamed =
      declaration !== undefined &&
      (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) &&
      declaration.getSourceFile().fileName.startsWith(ANSWERS) &&
      declaration.typeParameters === undefined;
    if (!isNamed) return this.#inline(type);
    this.define(declaration);
    return { $ref: `#/components/schemas/${declaration.name.text}` };
  }

  #inline(type: ts.Type): Schema {
    if (type.flags & ts.TypeFlags.Unknown) return {};
    if (type.flags & ts.TypeFlags.Null) return { type: "null" };
    if (type.isStringLiteral()) return { const: type.value };
    if (type.flags & ts.TypeFlags.String) return { type: "string" };
    if (type.flags & ts.TypeFlags.Number) return { type: "number" };
    if (type.flags & ts.TypeFlags.Boolean) return { type: "boolean" };
    if (type.isUnion()) return this.#union(type);
    if (this.#checker.isArrayType(type)) {
      const [item] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return { type: "array", items: item === undefined ? {} : this.#schemaOf(item) };
    }
    return this.#object(type);
  }

  #union(type: ts.UnionType): Schema {
    const parts = type.types.filter((part) => !(part.flags & ts.TypeFlags.Undefined));
    const words = parts.flatMap((part) => (part.isStringLiteral() ? [part.value] : []));
    const isNullable = parts.some((part) => part.flags & ts.TypeFlags.Null);
    if (words.length === parts.length) return { enum: words };
    // `T | null` keeps the name of T only as its alias, which the checker tells of the part without null.
    const rest = this.#checker.getNonNullableType(type);
    if (isNullable) return { anyOf: [this.#schemaOf(rest), { type: "null" }] };
    if (parts.every((part) => part.flags & ts.TypeFlags.BooleanLiteral)) return { type: "boolean" };
    return { anyOf: parts.map((part) => this.#schemaOf(part)) };
  }

  #object(type: ts.Type): Schema {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const property of this.#checker.getPropertiesOfType(type)) {
      const schema = this.#schemaOf(this.#checker.getTypeOfSymbol(property));
      properties[property.name] = { ...schema, ...this.#integer(property, schema), ...this.#described(property) };
      if (!(property.flags & ts.SymbolFlags.Optional)) required.push(property.name);
    }
    return { type: "object", required, properties };
  }

  /** Times are whole. */
  #integer(property: ts.Symbol, schema: Schema): Schema {
    const declaration = property.valueDeclaration;
    if (declaration === undefined || !ts.isPropertySignature(declaration)) return {};
    const text = declaration.type?.getText();
    if (text === "Millis") return { type: "integer" };
    return text === "Millis | null" && schema["anyOf"] !== undefined
      ? { anyOf: [{ type: "integer" }, { type: "null" }] }
      : {};
  }

  #described(symbol: ts.Symbol | undefined): Schema {
    const text = ts.displayPartsToString(symbol?.getDocumentationComment(this.#checker)).replaceAll(/\s+/g, " ").trim();
    // A link says what it points to.
    return text === "" ? {} : { description: text.replaceAll(/\{@link (\w+)\}/g, "$1") };
  }
}
