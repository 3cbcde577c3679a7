/** A `package.json` as it stands in a tarball: nothing in it is known to be right. */
export type PackedManifest = Readonly<Record<string, unknown>>;

const CORE = "@alumiini/core";
/** Peers of ours: every version up to the next that breaks them. docs/adr/020 says why it is so wide. */
const PEER_RANGE = ">=0.0.0 <2.0.0";
const DEPENDENCY_FIELDS = ["dependencies", "peerDependencies", "optionalDependencies"];

/** What is wrong with the manifest of a package that is to be published. */
export function manifestFaults(manifest: PackedManifest): string[] {
  const expected: Record<string, unknown> = {
    license: "Apache-2.0",
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.15" },
  };
  const faults = Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(manifest[field]) !== JSON.stringify(value))
    .map(([field, value]) => `${field} must be ${JSON.stringify(value)}`);
  for (const field of ["name", "version", "description", "homepage", "bugs"]) {
    if (typeof manifest[field] !== "string") faults.push(`${field} is missing`);
  }
  if (!Array.isArray(manifest["files"])) faults.push("files must list what is published");
  const { type, url, directory } = asRecord(manifest["repository"]);
  if (type !== "git" || typeof url !== "string") faults.push("repository must be a git repository");
  if (directory !== `packages/${String(manifest["name"]).replace(/^@alumiini\//, "")}`) {
    faults.push("repository.directory must be the package's directory");
  }
  if (!Array.isArray(manifest["keywords"])) faults.push("keywords must say what people search for");
  return [
    ...faults,
    ...typesVersionsFaults(manifest),
    ...exportFaults(manifest["exports"], manifest["bin"] !== undefined),
    ...dependencyFaults(manifest),
  ];
}

/** TypeScript with `moduleResolution: node10` finds the types of subpaths by `typesVersions` alone. */
function typesVersionsFaults(manifest: PackedManifest): string[] {
  const versions = asRecord(asRecord(manifest["typesVersions"])["*"]);
  return Object.keys(asRecord(manifest["exports"]))
    .filter((subpath) => subpath !== "." && !subpath.endsWith(".json") && versions[subpath.slice(2)] === undefined)
    .map((subpath) => `typesVersions must have ${subpath.slice(2)}`);
}

function exportFaults(exports: unknown, isCommand: boolean): string[] {
  const entries = Object.entries(asRecord(exports));
  // A command is run, and need not have anything to import.
  if (!isCommand && !entries.some(([subpath]) => subpath === ".")) return ["exports must have an entry for ."];
  return entries
    .filter(([subpath]) => !subpath.endsWith(".json"))
    .flatMap(([subpath, target]) => [
      ...conditionFaults(`exports["${subpath}"].import`, asRecord(target)["import"], ".d.ts", ".js"),
      ...conditionFaults(`exports["${subpath}"].require`, asRecord(target)["require"], ".d.cts", ".cjs"),
    ]);
}

function conditionFaults(where: string, condition: unknown, types: string, code: string): string[] {
  const { types: typesPath, default: codePath } = asRecord(condition);
  if (Object.keys(asRecord(condition))[0] !== "types") return [`${where} must have types, first`];
  return [
    ...(String(typesPath).endsWith(types) ? [] : [`${where}.types must be a ${types} file`]),
    ...(String(codePath).endsWith(code) ? [] : [`${where}.default must be a ${code} file`]),
  ];
}

function dependencyFaults(manifest: PackedManifest): string[] {
  return DEPENDENCY_FIELDS.flatMap((field) =>
    Object.entries(asRecord(manifest[field])).flatMap(([name, range]) => {
      if (/^(workspace|catalog|link|file):/.test(String(range)))
        return [`${field}: ${name} is ${range} in the tarball`];
      if (manifest["name"] === CORE) return [`${field}: core depends on nothing, but on ${name}`];
      // A command is a program of its own: it brings everything along.
      if (manifest["bin"] !== undefined && asRecord(manifest["exports"])["."] === undefined) return [];
      if (name === CORE && field !== "peerDependencies") return [`${field}: core must be a peer, so that there is one`];
      // A range that ends at the next minor makes `npm update` of core end in a conflict with each adapter.
      if (field === "peerDependencies" && name.startsWith("@alumiini/") && range !== PEER_RANGE) {
        return [`peerDependencies: ${name} must be ${PEER_RANGE}`];
      }
      return [];
    }),
  );
}

/** The value's entries where it is an object; none where it is anything else. */
function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
