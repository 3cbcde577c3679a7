import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { HELP, parseCommandLine } from "../src/cli/options.js";
import { LocalRemote } from "../src/demo/local-remote.js";
import { HELP as DEMO_HELP, parseDemoOptions } from "../src/demo/options.js";
import { events, start, untilProgram } from "./program.js";
import { configMapYaml, RUNNING, temporaryDirectory } from "./support.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** The commands of the README that start with a text, without it and without their comments. */
function commands(prefix: string): string[][] {
  const lines = [...README.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.split("\n"));
  return lines
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length).replace(/ #.*/, "").split(" ").filter(Boolean));
}

describe("README", () => {
  it("has commands of the demo that its command line takes", () => {
    const demos = commands("npx -y pnpm@12 demo:controller");
    expect(demos.length).toBeGreaterThanOrEqual(5);
    for (const args of demos) expect(parseDemoOptions(args)).toMatchObject({ port: 0 });
  });

  it("starts the controller as printed, on another repository", async () => {
    const [args] = commands("node examples/controller/dist/controller.js");
    if (args === undefined) throw new Error("the README doesn't start the controller");
    expect(parseCommandLine(args, {})).toMatchObject({ port: 8080 });
    const directory = await temporaryDirectory();
    const remote = await LocalRemote.create(
      join(directory, "app.git"),
      { "deploy/a.yaml": configMapYaml("a") },
      RUNNING,
    );
    const here = args.map((arg) => (arg.startsWith("https://") ? remote.url : arg));
    const places = ["--target", join(directory, "cluster"), "--data", join(directory, "data"), "--port", "0"];
    const program = start("controller", [...here, ...places]);
    await untilProgram(program, () => program.stdout().includes("Sync of app completed") || undefined);
    program.child.kill("SIGTERM");
    await program.ended;
    // --pretty: no JSON.
    expect(events(program)).toEqual([]);
  });

  it("names every option, and files that are there", () => {
    const options = [...HELP.matchAll(/^ {2}(--[a-z-]+) [<]/gm), ...DEMO_HELP.matchAll(/^ {2}(--[a-z-]+) [<]/gm)];
    for (const [, option = ""] of options) expect(README).toContain(option);
    const paths = [...README.matchAll(/`((?:src|test)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
