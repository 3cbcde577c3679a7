import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../src/workspace.ts";

const run = promisify(execFile);

/** A package as it would be published. */
export interface PackedPackage {
  readonly name: string;
  /** The path of the tarball. */
  readonly tarball: string;
}

/** Every published package, packed into a directory of its own. */
export interface PackedPackages {
  readonly packages: readonly PackedPackage[];
  remove(): Promise<void>;
}

/** Packs every published package as `pnpm publish` would. They have to be built. */
export async function packAll(): Promise<PackedPackages> {
  const directory = await mkdtemp(join(tmpdir(), "packed-"));
  const pack = ["--filter", "./packages/*", "pack", "--pack-destination", directory, "--json"];
  const { stdout } = await run("npx", ["-y", "pnpm@12", ...pack], { cwd: ROOT });
  return { packages: parsePacked(JSON.parse(stdout)), remove: () => rm(directory, { recursive: true }) };
}

function parsePacked(output: unknown): PackedPackage[] {
  if (!Array.isArray(output)) throw new Error("pnpm pack printed no list");
  return output.map((entry: unknown) => {
    if (typeof entry === "object" && entry !== null && "name" in entry && "filename" in entry) {
      const { name, filename } = entry;
      if (typeof name === "string" && typeof filename === "string") return { name, tarball: filename };
    }
    throw new Error("pnpm pack printed an entry without name and filename");
  });
}
