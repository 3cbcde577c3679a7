import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

/** The directory of this package: what is built below it finds our packages as a user's project would. */
const HERE = join(import.meta.dirname, "..");
const BIN = join(HERE, "node_modules/.bin");

/** How each runtime is started. Deno gets no permission at all, which the bare core must not need. */
export const COMMANDS = {
  "Node 20": [join(HERE, "node_modules/node-20/bin/node")],
  "Node 24": [join(HERE, "../node_modules/node/bin/node")],
  Bun: [join(BIN, "bun"), "run"],
  Deno: [join(BIN, "deno"), "run", "--no-prompt", "--cached-only", "--no-lock", "--node-modules-dir=manual"],
} as const satisfies Record<string, readonly [string, ...string[]]>;

/** The runtimes that run programs from a file. */
export type Runtime = keyof typeof COMMANDS;

/**
 * Makes one ES module that runs `src/scenarios/<name>.ts` and prints its result as JSON. The packages stay outside, for
 * each runtime to resolve by itself.
 */
export async function buildProgram(name: string): Promise<string> {
  const outfile = join(HERE, "dist", `${name}.js`);
  const printing = "console.log(JSON.stringify(await scenario()));";
  await build({ ...moduleOf(name, printing), outfile, platform: "neutral", packages: "external" });
  return outfile;
}

/**
 * Makes one ES module of `src/scenarios/<name>.ts` and all it imports, which leaves its result in `globalThis.result`.
 * Fails where that leads to a module of Node.
 */
export async function bundleForBrowsers(name: string): Promise<string> {
  const built = await build({
    ...moduleOf(name, "globalThis.result = scenario();"),
    platform: "browser",
    write: false,
  });
  return built.outputFiles.map((file) => file.text).join("\n");
}

function moduleOf(name: string, end: string) {
  const contents = `import { scenario } from "./${name}.ts";\n${end}`;
  const stdin = { contents, resolveDir: join(HERE, "src/scenarios") };
  return { stdin, bundle: true, format: "esm", target: "es2022", logLevel: "silent" } as const;
}

/** Runs a program and answers the JSON that it prints. */
export async function runIn(runtime: Runtime, program: string, flags: readonly string[] = []): Promise<unknown> {
  const [executable, ...parameters] = COMMANDS[runtime];
  const { stdout } = await promisify(execFile)(executable, [...parameters, ...flags, program], {
    cwd: HERE,
    env: { ...process.env, NO_COLOR: "1" },
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}
