/** What work took. On a busy machine the CPU time, all threads of the process together, tells more than the clock. */
export interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Measures work. */
export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - start };
}

/** Measures how long the event loop's thread works without a pause: its own CPU time between two turns of a timer. */
export class BlockMeter {
  longestMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    let last = process.threadCpuUsage();
    this.#timer = setInterval(() => {
      const { user, system } = process.threadCpuUsage(last);
      last = process.threadCpuUsage();
      this.longestMs = Math.max(this.longestMs, (user + system) / 1000);
    }, 1);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
