import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { bundle } from "../kill/bundle.js";

let child: { readonly program: string; remove(): Promise<void> };
const disks: string[] = [];

beforeAll(async () => {
  child = await bundle(join(import.meta.dirname, "child.ts"));
});
afterAll(async () => {
  await child.remove();
  for (const disk of disks) await rm(disk, { recursive: true, force: true });
});

/** What a process says of its sink at its end. */
interface Stats {
  readonly accepted: number;
  readonly recovered: number;
  readonly delivered: number;
  readonly pending: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly outbox: { readonly pending: number; readonly acknowledgedNotStored: number; readonly notStored: number };
}

interface Lives {
  readonly lives: readonly Stats[];
  readonly stderr: string;
}

async function newDisk(): Promise<string> {
  const disk = await mkdtemp(join(tmpdir(), "outbox-disk-"));
  disks.push(disk);
  return disk;
}

const quote = (text: string) => `'${text}'`;

/** The line of a shell that runs a process. Its status does not matter: it may be that of a signal. */
function processOn(disk: string, commands: readonly string[]): string {
  return `${[process.execPath, child.program, join(disk, "outbox"), ...commands].map(quote).join(" ")} || true`;
}

/** Runs a script that starts this many processes, one after the other. */
async function run(script: readonly string[], processes: number, prefix: readonly string[] = []): Promise<Lives> {
  const [command = "", ...args] = [...prefix, "bash", "-c", script.join("\n")];
  const shell = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 100_000 });
  let stdout = "";
  let stderr = "";
  shell.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  shell.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  await once(shell, "close");
  const said = stdout.split("\n").filter(Boolean);
  expect(said, stderr).toHaveLength(processes);
  return { lives: said.map((line): Stats => JSON.parse(line)), stderr };
}

/** The next process finds exactly what the first one said; the rest is counted and printed. */
function expectTruth({ lives: [first, next], stderr }: Lives): void {
  if (first === undefined || next === undefined) throw new Error("there are not two processes");
  const dropped = Object.values(first.dropped).reduce((sum, count) => sum + count, 0);
  expect(first.accepted).toBe(first.delivered + dropped + first.pending);
  expect(first.outbox.notStored).toBe(0);
  expect(next.recovered).toBe(first.pending + first.outbox.acknowledgedNotStored);
  const lost = first.dropped["closed"] ?? 0;
  if (lost > 0) expect(stderr).toContain(`${lost} messages were not delivered, nor stored by the outbox`);
}

// A file system of two mebibytes, in a namespace of its own, which goes with the processes.
const NAMESPACE = ["unshare", "--mount", "--map-root-user"];
const makeSmall = (disk: string) => `mount -t tmpfs -o size=2m tmpfs ${quote(disk)} || exit 9`;

/** Runs processes, one after the other, on a disk that a command of a shell prepares. */
async function liveInNamespace(
  context: TestContext,
  prepare: (disk: string) => string,
  lives: readonly (readonly string[])[],
): Promise<Lives> {
  const disk = await newDisk();
  const [unshare = "", ...options] = NAMESPACE;
  if (spawnSync(unshare, [...options, "bash", "-c", prepare(disk)]).status !== 0) {
    context.skip("mounting a file system is not allowed here: root may, and others where namespaces are");
  }
  return run([prepare(disk), ...lives.map((life) => processOn(disk, life))], lives.length, NAMESPACE);
}

describe.concurrent("on a volume that is detached", () => {
  const mountVolume = (disk: string) => {
    const [volume, directory] = [quote(join(disk, "outbox.volume")), quote(join(disk, "outbox"))];
    return `mkdir -p ${volume} ${directory} && mount --bind ${volume} ${directory} || exit 9`;
  };

  it("and comes back later, a process goes on by itself, and all is delivered or counted", async (context) => {
    const away = ["emit 900", "stored", "detach", "emit 300", "stored"];
    const outcome = await liveInNamespace(context, mountVolume, [
      [...away, "attach", "emit 300", "stored", "sigterm"],
      ["recovered", "up", "delivered"],
    ]);
    expectTruth(outcome);
    const [first, next] = outcome.lives;
    const { recovered = 0, dropped } = first ?? {};
    expect(recovered).toBeGreaterThan(0);
    // What came meanwhile, and was not in memory, is below the volume now.
    const lost = (dropped?.["outbox"] ?? 0) - recovered;
    expect(lost).toBeGreaterThanOrEqual(0);
    expect(lost).toBeLessThanOrEqual(300);
    expect(next).toMatchObject({ recovered: 1500 - lost, delivered: 1500 - lost });
  });

  it("and comes back at once, nothing is lost", async (context) => {
    const outcome = await liveInNamespace(context, mountVolume, [
      ["emit 900", "stored", "detach", "attach", "emit 300", "stored", "sigterm"],
      ["recovered", "up", "delivered"],
    ]);
    expectTruth(outcome);
    expect(outcome.lives[0]).toMatchObject({ accepted: 1200, recovered: 0, dropped: { outbox: 0 } });
    expect(outcome.lives[1]).toMatchObject({ recovered: 1200, delivered: 1200 });
  });
});

describe.concurrent("on a disk of two mebibytes", () => {
  const live = (context: TestContext, ...lives: readonly (readonly string[])[]) =>
    liveInNamespace(context, makeSmall, lives);

  it.for([
    ["is full at SIGTERM", ["emit 12000", "sigterm"]],
    ["is full with something else", ["emit 100", "stored", "fill", "emit 3000", "degraded", "sigterm"]],
    [
      "is full while what was delivered is noted",
      ["emit 2000", "stored", "fill", "up", "delivered", "down", "emit 9000", "sigterm"],
    ],
    ["shrinks", ["emit 1500", "stored", "shrink", "emit 3000", "sigterm"]],
  ] as const)("that %s, what a process says at its end is what the next one finds", async ([, commands], context) => {
    const outcome = await live(context, commands, ["recovered"]);
    expectTruth(outcome);
    expect(outcome.lives[0]?.pending).toBeGreaterThan(0);
    expect(outcome.lives[0]?.dropped["closed"]).toBeGreaterThan(0);
  });

  it("that is full for a while, nothing is lost", async (context) => {
    const commands = ["emit 500", "fill", "emit 2000", "degraded", "free", "open", "stored", "sigterm"];
    const outcome = await live(context, commands, ["recovered", "up", "delivered"]);
    expectTruth(outcome);
    expect(outcome.lives[0]).toMatchObject({ accepted: 2500, pending: 2500, dropped: { closed: 0 } });
    expect(outcome.lives[1]).toMatchObject({ recovered: 2500, delivered: 2500 });
  });
});

describe.concurrent("on an ordinary disk", () => {
  it("with a limit for the size of files, what a process says at its end is what the next one finds", async () => {
    const disk = await newDisk();
    // In blocks of a kibibyte: less than a segment.
    const outcome = await run(
      ["ulimit -f 96", processOn(disk, ["emit 6000", "sigterm"]), processOn(disk, ["recovered"])],
      2,
    );
    expectTruth(outcome);
    expect(outcome.lives[0]).toMatchObject({ accepted: 6000 });
  });

  it("whose directory is deleted, twice, what is in memory is stored and the rest counted", async () => {
    const disk = await newDisk();
    const deletedTwice = ["emit 300", "stored", "delete", "emit 300", "stored", "delete", "emit 300", "stored"];
    const outcome = await run(
      [processOn(disk, [...deletedTwice, "sigterm"]), processOn(disk, ["recovered", "up", "delivered"])],
      2,
    );
    expectTruth(outcome);
    expect(outcome.lives[0]).toMatchObject({ accepted: 900 });
  });

  it.each([
    ["away", ["move", "emit 300", "stored", "sigterm"], 300],
    ["away and back at once", ["move", "back", "emit 300", "stored", "sigterm"], 600],
    ["away and back later", ["move", "emit 300", "stored", "back", "emit 300", "stored", "sigterm"], 300],
  ])(
    "whose directory is moved %s, what a process says at its end is what the next one finds",
    async (_, commands, least) => {
      const disk = await newDisk();
      const outcome = await run(
        [processOn(disk, ["emit 300", "stored", ...commands]), processOn(disk, ["recovered"])],
        2,
      );
      expectTruth(outcome);
      expect(outcome.lives[0]?.pending).toBeGreaterThanOrEqual(least);
    },
  );

  it("two processes overlap, as in a rolling update, and everything is delivered", async () => {
    const disk = await newDisk();
    // The new one can't open the outbox yet; then the old one is told to go.
    const old = run([processOn(disk, ["recovered", "emit 300", "stored", "touch held", "await tried", "sigterm"])], 1);
    const next = run(
      [
        // A process opens its outbox at once: it must not be the first to.
        `until [ -e ${quote(join(disk, "held"))} ]; do sleep 0.05; done`,
        processOn(disk, ["emit 300", "failed", "touch tried", "recovered", "up", "delivered"]),
      ],
      1,
    );
    const [{ lives: gone }, { lives: stayed }] = await Promise.all([old, next]);
    expect(gone[0]).toMatchObject({ accepted: 300, pending: 300, dropped: { closed: 0 } });
    expect(stayed[0]).toMatchObject({ accepted: 600, recovered: 300, delivered: 600, pending: 0 });
  });
});
