import fc from "fast-check";
import type { Fault, SimulatedDisk } from "./simulated-disk.js";

/** What goes wrong with a disk in a random history. */
export type DiskTrouble =
  | { readonly kind: "fail"; readonly after: number; readonly times: number; readonly fault: Fault }
  | { readonly kind: "fill"; readonly room: number };

/** Some operations in a row fail. */
export const failing = fc.record({
  kind: fc.constant("fail" as const),
  after: fc.nat(6),
  times: fc.integer({ min: 1, max: 20 }),
  fault: fc.constantFrom<Fault>({ kind: "fails", code: "EIO" }, { kind: "fails", code: "ENOSPC" }),
});

/** So many bytes are left, at most `maxRoom`. */
export function filling(maxRoom: number) {
  return fc.record({ kind: fc.constant("fill" as const), room: fc.nat(maxRoom) });
}

export function trouble(disk: SimulatedDisk, what: DiskTrouble): void {
  if (what.kind === "fill") {
    disk.capacity = disk.bytes + what.room;
    return;
  }
  const first = disk.operations + what.after;
  disk.plan = (index, operation) =>
    index >= first && index < first + what.times && operation !== "read" ? what.fault : undefined;
}

/** Ends whatever trouble there is. */
export function repair(disk: SimulatedDisk): void {
  disk.plan = () => undefined;
  disk.capacity = Number.POSITIVE_INFINITY;
}
