import { CliError, EXIT } from "../client/errors.js";
import { loadSettings } from "../config/load.js";
import { createLog } from "../serve/log.js";
import { loadSdk } from "../serve/otlp.js";
import { serve } from "../serve/serve.js";
import type { Context } from "./context.js";

/** Runs the server until it is told to stop. Returns the exit status. */
export async function runServe(options: Readonly<Record<string, unknown>>, context: Context): Promise<number> {
  const settings = loadSettings({ options, env: context.env });
  if (settings.otlp !== undefined) await loadSdk();
  if (options["check"] === true) {
    context.out("The configuration is in order.");
    return EXIT.answered;
  }
  const log = createLog(settings.log?.format ?? "text", context.err);
  const signal = new Promise<string>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      let times = 0;
      // The second one has its usual effect.
      process.on(name, () => (++times > 1 ? process.exit(EXIT.failed) : resolve(name)));
    }
  });
  const serving = await serve(settings, log).catch((error: unknown) => {
    const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
    const where = `${settings.host}:${settings.port}`;
    if (code === "EADDRINUSE") throw new CliError(EXIT.failed, `${where} is in use; choose another with --listen`);
    if (code === "EACCES") throw new CliError(EXIT.failed, `${where} or ${settings.data} is not allowed to this user`);
    throw error;
  });
  log("info", "stopping", { signal: await signal });
  const isWhole = await serving.stop();
  log(isWhole ? "info" : "error", "stopped");
  return isWhole && process.exitCode === undefined ? EXIT.answered : EXIT.failed;
}
