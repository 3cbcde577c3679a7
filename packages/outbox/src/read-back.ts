import type { OutboxStats } from "@alumiini/delivery";
import type { Housekeeping } from "./housekeeping.js";
import type { FileSystem } from "./io/file-system.js";
import type { DirectoryLock } from "./io/lock.js";
import { Ledger } from "./log/ledger.js";
import { WriteBuffer } from "./log/write-buffer.js";
import { firstSequence, scan } from "./recovery.js";

/** How often it is tried. */
const ATTEMPTS = 3;

/** What is in storage once the outbox is closed. */
export type Remainder = Pick<OutboxStats, "pending" | "acknowledgedNotStored">;

/** An outbox that could not write everything before it closed. */
interface Unfinished {
  readonly directory: string;
  readonly blockBytes: number;
  readonly fileSystem: FileSystem;
  readonly ledger: Ledger;
  readonly housekeeping: Housekeeping;
  readonly lock: DirectoryLock;
  report(message: string, cause: unknown): void;
}

/** What the next process will find, read as it will read it: after failures only the files know. */
export async function readBack(outbox: Unfinished): Promise<Remainder> {
  const { directory, blockBytes, fileSystem, ledger, housekeeping, lock } = outbox;
  // Sequences don't say whose records they are: any outbox may have begun with the same.
  const isOurs = await lock.isIntact();
  let failure: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      const names = fileSystem.listSync(directory);
      const found = new Ledger(new WriteBuffer(firstSequence(names), blockBytes));
      let pending = 0;
      await scan(fileSystem, directory, names, found, {
        // What is written and not synced is made safe if that is possible now.
        beforeRead: (file) => file.sync().catch(() => {}),
        onPending: (sequence) => {
          if (isOurs && ledger.isPending(sequence)) pending++;
        },
      });
      return { pending, acknowledgedNotStored: found.pending - pending };
    } catch (error) {
      failure = error;
    }
  }
  outbox.report("can't read what it has stored: its counts at the end are what was known to be safe", failure);
  if (!isOurs) return { pending: 0, acknowledgedNotStored: 0 };
  const pending = ledger.segments.reduce((sum, { live }) => sum + live, 0);
  return { pending, acknowledgedNotStored: housekeeping.notWrittenDown };
}
