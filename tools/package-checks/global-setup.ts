import type { TestProject } from "vitest/node";
import { type PackedPackage, packAll } from "./pack.ts";
import { startRegistry } from "./registry.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Every published package, packed. */
    packed: readonly PackedPackage[];
    /** What a package manager needs in its environment to install them, from a registry that all files share. */
    registry: Readonly<Record<string, string>>;
  }
}

/** Packs the packages and starts a registry that has them, once for all files. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const packed = await packAll();
  const registry = await startRegistry(packed.packages);
  project.provide("packed", packed.packages);
  project.provide("registry", registry.environment);
  return async () => {
    await registry.close();
    await packed.remove();
  };
}
