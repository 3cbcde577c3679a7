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
