import { writeSync } from "node:fs";
import { fileOutbox } from "../../src/index.js";

/*
 * A process that is made to be killed: it reads what the one before it left, gives it back, then appends without end.
 * What it has been promised it writes to its output at once:
 *
 *   found <id>         read after opening
 *   gone               everything found has been acknowledged, and flushed
 *   safe <from> <to>   its own records of these numbers have been flushed, those divisible by 3 acknowledged before
 */

const [directory = "", session = "", fsync = "", lockTimeoutMs] = process.argv.slice(2);
const outbox = fileOutbox({
  directory,
  fsync: fsync === "always" || fsync === "interval" ? fsync : "never",
  maxBytes: 8 * 1024 * 1024,
  segmentBytes: 65_536,
  lockTimeoutMs: Number(lockTimeoutMs),
});

function say(text: string): void {
  writeSync(1, `${text}\n`);
}

const text = new TextDecoder();
await outbox.open({ onFailure: (error) => say(`failed ${error.message}`) });
for (let after = 0; ; ) {
  const page = await outbox.read(after, { maxRecords: 500, maxBytes: 1_000_000 });
  const last = page.at(-1);
  if (last === undefined) break;
  after = last.sequence;
  say(page.map(({ payload }) => `found ${text.decode(payload).trimEnd()}`).join("\n"));
  outbox.acknowledge(page.map(({ sequence }) => sequence));
}
say(`read with ${outbox.stats().corrupt} damaged`);
await outbox.flush();
say("gone");

for (let next = 0; ; ) {
  const from = next;
  const acknowledged: number[] = [];
  for (; next < from + 40; next++) {
    const sequence = outbox.append(Buffer.from(`${session}:${next}`.padEnd(20 + ((next * 37) % 600))));
    if (typeof sequence !== "number") throw new Error(`refused: ${sequence}`);
    if (next % 3 === 0) acknowledged.push(sequence);
    // At times the writing of one group overlaps with the taking of the next.
    if (next % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  outbox.acknowledge(acknowledged);
  await outbox.flush();
  say(`safe ${from} ${next}`);
}
