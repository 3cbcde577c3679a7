import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { TestContext } from "vitest";
import type { SpecVersion } from "../../src/index.js";

const VERSIONS = ["0.4.1", "0.5.1"] as const;

/** An example event of the official specification. */
export interface Vector {
  readonly version: SpecVersion;
  readonly file: string;
  readonly text: string;
}

/** The official schemas and example events. */
export interface Official {
  readonly directory: string;
  readonly vectors: readonly Vector[];
  /** Whether the official schema of the event's type accepts it; false where no schema knows the type. */
  accepts(event: unknown): boolean;
  /** What the official schema has against the event; nothing where it accepts it. */
  complaints(event: unknown): string;
}

let loaded: Official | undefined;

/** The specification in `CDEVENTS_SPEC_DIR`, or the test is skipped. */
export function officialOrSkip(context: Pick<TestContext, "skip">): Official {
  const directory = process.env["CDEVENTS_SPEC_DIR"];
  if (directory === undefined) {
    return context.skip("CDEVENTS_SPEC_DIR does not name a directory with the schemas of CDEvents 0.4.1 and 0.5.1");
  }
  loaded ??= load(directory);
  return loaded;
}

function load(directory: string): Official {
  const byType = new Map<string, ValidateFunction>();
  const custom = new Map<SpecVersion, ValidateFunction>();
  const vectors: Vector[] = [];
  for (const version of VERSIONS) {
    const root = join(directory, `v${version}`);
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats(ajv);
    for (const file of json(join(root, "schemas/links"))) ajv.addSchema(read(join(root, "schemas/links", file)));
    for (const file of json(join(root, "schemas"))) {
      const schema = read(join(root, "schemas", file));
      byType.set(schema.properties.context.properties.type.enum[0], ajv.compile(schema));
    }
    custom.set(version, ajv.compile(read(join(root, "custom/schema.json"))));
    for (const file of json(join(root, "conformance"))) {
      vectors.push({ version, file, text: readFileSync(join(root, "conformance", file), "utf8") });
    }
    vectors.push({ version, file: "custom", text: readFileSync(join(root, "custom/conformance.json"), "utf8") });
  }
  const validatorOf = (event: unknown) => {
    const context = field(event, "context");
    const type = String(field(context, "type"));
    if (!type.startsWith("dev.cdeventsx.")) return byType.get(type);
    const old = field(context, "version") !== undefined && field(context, "specversion") === undefined;
    return custom.get(old ? "0.4.1" : "0.5.1");
  };
  return {
    directory,
    vectors,
    accepts: (event) => validatorOf(event)?.(event) === true,
    complaints(event) {
      const validate = validatorOf(event);
      if (validate === undefined) return `no schema for ${JSON.stringify(event)?.slice(0, 300)}`;
      return validate(event) ? "" : JSON.stringify(validate.errors);
    },
  };
}

function json(directory: string): string[] {
  return readdirSync(directory).filter((file) => file.endsWith(".json"));
}

function read(path: string) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** A field of what may be anything. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
