import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answered, newSecrets, sendDeliveries } from "./deliveries/send.ts";
import { type DemoOptions, HELP, parseDemoOptions, UsageError } from "./options.ts";
import { keepGoing } from "./past/keep-going.ts";
import { writePast } from "./past/write.ts";
import { freePort, type Program, startController, startServer } from "./programs.ts";
import { tour } from "./tour.ts";

const DEFAULT_PORT = 8080;

async function main(): Promise<void> {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(HELP);
    return;
  }
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
  });
  const directory = await mkdtemp(join(tmpdir(), "alumiini-demo-"));
  const programs: Program[] = [];
  const stopping = new AbortController();
  const running = run({ directory, programs, options, signal: stopping.signal });
  try {
    await Promise.race([running, interrupted]);
    if (!options.once) await interrupted;
  } finally {
    if (!options.once) say("\nStopping.\n");
    stopping.abort();
    await stopAll(programs);
    // What it was at when it was interrupted may have started one more.
    await running.catch(() => {});
    await stopAll(programs);
    await rm(directory, { recursive: true, force: true });
  }
}

/** The last first: what the controller still has to say is for the server. */
async function stopAll(programs: Program[]): Promise<void> {
  for (let program = programs.pop(); program !== undefined; program = programs.pop()) await program.stop();
}

interface Run {
  readonly directory: string;
  readonly programs: Program[];
  readonly options: DemoOptions;
  readonly signal: AbortSignal;
}

async function run({ directory, programs, options, signal }: Run): Promise<void> {
  const { once, port } = options;
  const step = steps(signal);
  const data = join(directory, "data");
  const now = Date.now();
  const past = await step("Half a year of made-up history, the morning's incident in it", async () => {
    const written = await writePast(data, now);
    return [written, `${written.stored.toLocaleString("en")} events`];
  });

  const secrets = newSecrets();
  const server = await step("alumiini serve", async () => {
    const started = await startServer(data, once ? 0 : (port ?? (await freePort(DEFAULT_PORT))), {
      ALUMIINI_FLUX_SECRET: secrets.flux,
      ALUMIINI_ARGOCD_SECRET: secrets.argocd,
      ALUMIINI_GITHUB_SECRET: secrets.github,
    });
    programs.push(started);
    return [started, started.url];
  });

  await step("Deliveries of Flux, Argo CD and GitHub, one of them forged", async () => {
    const answered = await sendDeliveries(server.url, secrets, now);
    return [undefined, described(answered)];
  });

  await step("A controller on a real git repository: drift, bad manifests, a crash", async () => {
    const controller = startController(server.url, once);
    programs.push(controller);
    if (!(await controller.passed)) throw new Error(`the controller's scenario failed:\n${controller.log()}`);
    return [undefined, "sent as CDEvents"];
  });

  if (once) {
    say(await tour(server.url, past.incident.broke));
    return;
  }
  say(
    `\n  The page:  ${server.url}/\n  Ask it:    alumiini around checkout <time>, as each view says at its foot\n\n  Ctrl-C to stop.\n`,
  );
  await keepGoing(server.url, past.running, signal);
}

/** Does one thing after the other, and says what and how long it took; rejects once it is to stop. */
function steps(signal: AbortSignal) {
  return async <Result>(title: string, act: () => Promise<readonly [Result, string]>): Promise<Result> => {
    signal.throwIfAborted();
    const started = performance.now();
    say(`${title} … `);
    const [result, detail] = await act();
    signal.throwIfAborted();
    say(`${detail}, ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  };
}

function described(answered: Answered): string {
  const total = Object.values(answered).reduce((sum, count) => sum + count, 0);
  return `${total - (answered[401] ?? 0)} of ${total} taken, ${answered[401] ?? 0} refused`;
}

function say(text: string): void {
  process.stdout.write(text);
}

await main().catch((error: unknown) => {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
