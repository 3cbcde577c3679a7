import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const PACKAGE = join(import.meta.dirname, "../..");

/** A generation of the SDK, on the oldest Node.js that it is tested on. */
export interface Stack {
  readonly app: "sdk-2" | "sdk-3";
  readonly node: string;
}

/** Both generations, by name. */
export const STACKS = {
  "API 1.9, SDK 2 on Node 20": { app: "sdk-2", node: join(PACKAGE, "node_modules/node-20/bin/node") },
  "API 1.10, SDK 3 on Node 24": { app: "sdk-3", node: join(PACKAGE, "../../node_modules/node/bin/node") },
} as const satisfies Record<string, Stack>;

/** The encodings of OTLP over HTTP. */
export type Protocol = "http/json" | "http/protobuf";

/**
 * Builds the application with our packages in it, as the user's bundler would: `@opentelemetry/*` is resolved when it
 * runs, from the application's own directory. `ourApi: true` leaves our packages outside too: they then bring their own,
 * newer copy of the API.
 */
export async function buildApp({ app }: Stack, options: { readonly ourApi?: boolean } = {}): Promise<string> {
  const outfile = join(PACKAGE, "test/apps", app, "dist", options.ourApi ? "own-api.js" : "main.js");
  const external = ["@opentelemetry/*", ...(options.ourApi ? ["@alumiini/*"] : [])];
  const entryPoints = [join(PACKAGE, "test/apps", app, "main.ts")];
  await build({ entryPoints, outfile, external, bundle: true, platform: "node", format: "esm", logLevel: "silent" });
  return outfile;
}

/** Builds the example controller's demo with our subscriber on it, and the thread that it parses manifests in. */
export async function buildDemo({ app }: Stack): Promise<string> {
  const outdir = join(PACKAGE, "test/apps", app, "dist");
  const thread = join(PACKAGE, "../../examples/controller/src/manifests/parser-thread.ts");
  await build({
    entryPoints: { demo: join(PACKAGE, "test/apps", app, "demo.ts"), "parser-thread": thread },
    outdir,
    external: ["@opentelemetry/*", "pino", "prom-client"],
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "silent",
    // What is bundled of CommonJS asks for Node's modules this way.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return join(outdir, "demo.js");
}

/** Runs the program to its end; answers what it said on its error stream. */
export async function runProgram(node: string, program: string, endpoint: string, protocol: Protocol): Promise<string> {
  const { stderr } = await promisify(execFile)(node, ["--enable-source-maps", program], {
    timeout: 110_000,
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_SERVICE_NAME: "alumiini",
      POD_NAME: "alumiini-controller-xyz",
      POD_NAMESPACE: "alumiini-system",
      NODE_NAME: "node-1",
      CLUSTER_NAME: "prod-us-east",
    },
  });
  return stderr;
}
