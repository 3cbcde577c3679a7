import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../src/workspace.ts";

const run = promisify(execFile);

/** The Node versions that installed packages are run on: the oldest that they declare, and the repository's own. */
export const NODES = {
  "Node 20": join(ROOT, "tools/node_modules/node-20/bin/node"),
  "Node 24": join(ROOT, "node_modules/node/bin/node"),
} as const;

/** The compilers that programs are checked with, by the name that they are installed under. */
export const COMPILERS = {
  "typescript-5.4": "5.4.5",
  "typescript-5.9": "5.9.3",
  "typescript-6": "6.0.3",
  "typescript-7": "7.0.2",
} as const;

/** How a program finds its modules, and the `type` of the package that it stands in. */
export const MODES = {
  esm: { type: "module", module: "NodeNext" },
  cjs: { type: "commonjs", module: "NodeNext" },
  // What a project that was begun years ago has: it reads `typesVersions`, not `exports`.
  classic: { type: "commonjs", module: "CommonJS", moduleResolution: "node10", esModuleInterop: true },
  bundler: { type: "module", module: "ESNext", moduleResolution: "bundler" },
} as const;

export type Mode = keyof typeof MODES;

/** The modes that a compiler has: TypeScript 6 deprecates the classic one, TypeScript 7 drops it. */
export function modesOf(compiler: keyof typeof COMPILERS): Mode[] {
  const modes = Object.keys(MODES) as Mode[];
  return COMPILERS[compiler].startsWith("5.") ? modes : modes.filter((mode) => mode !== "classic");
}

/** A user's project, outside of the workspace. */
export class ConsumerProject {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes an empty project, installs the dependencies with npm and puts the programs into a folder for each mode. */
  static async install(
    dependencies: Record<string, string>,
    programs: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<ConsumerProject> {
    const project = new ConsumerProject(await mkdtemp(join(tmpdir(), "consumer-")));
    await project.#write("package.json", { name: "consumer", private: true, dependencies });
    try {
      await run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: project.directory, env });
    } catch (error) {
      throw new Error("npm install failed; check:packages needs the registry and what it installs", { cause: error });
    }
    for (const mode of Object.keys(MODES)) await project.#addPrograms(mode as Mode, programs);
    return project;
  }

  async #addPrograms(mode: Mode, programs: readonly string[]): Promise<void> {
    await mkdir(join(this.directory, mode));
    await this.#write(`${mode}/package.json`, { type: MODES[mode].type });
    for (const name of programs) {
      await cp(join(import.meta.dirname, "consumers", name), join(this.directory, mode, name));
    }
  }

  async #write(path: string, content: unknown): Promise<void> {
    await writeFile(join(this.directory, path), JSON.stringify(content, null, 2));
  }

  /** Compiles the programs of a mode into `out/<mode>` and returns the compiler's errors, declarations included. */
  async compile(compiler: string, mode: Mode, options: Readonly<Record<string, unknown>>): Promise<string> {
    const { type: _, ...modules } = MODES[mode];
    const config = `${mode}/tsconfig.json`;
    await this.#write(config, {
      compilerOptions: {
        target: "ES2022",
        ...modules,
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        rootDir: ".",
        outDir: "out",
        ...options,
      },
      include: ["*.ts"],
    });
    const tsc = join(compiler, "bin/tsc");
    try {
      const { stdout } = await run(process.execPath, [tsc, "-p", join(this.directory, config)], {
        cwd: this.directory,
      });
      return stdout;
    } catch (error) {
      if (typeof error === "object" && error !== null && "stdout" in error && error.stdout) return String(error.stdout);
      throw error;
    }
  }

  /** Runs a file of the project and returns what it prints, on either stream. */
  async execute(node: string, file: string, ...args: string[]): Promise<string> {
    const options = { cwd: this.directory, timeout: 60_000 };
    const { stdout, stderr } = await run(node, [join(this.directory, file), ...args], options);
    return `${stdout}${stderr}`;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
