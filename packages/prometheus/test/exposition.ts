import type { AnyRegistry } from "../src/index.js";

/** The sample lines of a text exposition: series to value. */
export function samplesOf(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** The samples of the registry's text form. */
export async function scrape(register: AnyRegistry): Promise<Record<string, number>> {
  return samplesOf(await register.metrics());
}

/** The samples that are not 0: what was recorded, and not only begun. Leaves out what only describes the process. */
export async function scrapeRecorded(register: AnyRegistry): Promise<Record<string, number>> {
  const samples = Object.entries(await scrape(register));
  const isRecorded = ([name, value]: readonly [string, number]) =>
    value !== 0 && !/^alumiini_(build|cluster)_info/.test(name);
  return Object.fromEntries(samples.filter(isRecorded));
}
