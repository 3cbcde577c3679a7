import { basename } from "node:path";
import { seeded } from "@alumiini-internal/test-support/seeded";
import type { FileSystem, OpenFile } from "../../src/io/file-system.js";
import { SECTOR_BYTES, SimulatedFile } from "./simulated-file.js";

/** What an operation is to do instead of succeeding. */
export type Fault =
  /** It fails; a write or a sync may have had part of its effect. */
  | { readonly kind: "fails"; readonly code: "EIO" | "ENOSPC" | "EFBIG" }
  /** The process ends there: this operation and all later ones never settle. */
  | { readonly kind: "ends" };

export type Operation =
  | "make"
  | "create"
  | "open"
  | "read"
  | "write"
  | "sync"
  | "truncate"
  | "rename"
  | "remove"
  | "syncDirectory";

/** A directory that was taken away. */
export interface Volume {
  readonly names: Map<string, SimulatedFile>;
  readonly safeNames: Map<string, SimulatedFile>;
  readonly changes: NameChange[];
  readonly lockOwner: object | undefined;
}

/** A change of names that may be undone by a loss of power, each for itself. */
type NameChange = (names: Map<string, SimulatedFile>) => void;

/**
 * A disk that behaves as badly as disks may. Unsynced sectors reach it in any order or not at all, a failed sync drops
 * what it was to save and the next one succeeds, names are not safe before their directory is synced.
 */
export class SimulatedDisk {
  /** Decides for each operation, counted from 0, whether it goes wrong. */
  plan: (index: number, operation: Operation, path: string) => Fault | undefined = () => undefined;
  /** Bytes that all files together may have. */
  capacity = Number.POSITIVE_INFINITY;
  /** Bytes that each file may have. */
  maxFileBytes = Number.POSITIVE_INFINITY;
  operations = 0;
  /** Whether the directory exists, and who holds its lock. */
  isThere = true;
  lockOwner: object | undefined;
  /** Whether another process holds the lock, for good. */
  isHeld = false;
  /** Makes an operation wait. */
  hold: (operation: Operation) => Promise<void> | undefined = () => undefined;
  /** Whether the sector that begins at an offset of a file can't be read. */
  isUnreadable: (name: string, offset: number) => boolean = () => false;

  readonly #random: () => number;
  #process = { ended: false };
  #names = new Map<string, SimulatedFile>();
  #safeNames = new Map<string, SimulatedFile>();
  #changes: NameChange[] = [];

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** Ends the process, as by a signal: what the system was given is there. The next one gets a disk that works. */
  endProcess(): void {
    this.#process.ended = true;
    this.#process = { ended: false };
    this.plan = () => undefined;
    this.capacity = Number.POSITIVE_INFINITY;
    this.maxFileBytes = Number.POSITIVE_INFINITY;
  }

  /** Ends the process and takes the power away. */
  losePower(): void {
    this.endProcess();
    for (const change of this.#changes) if (this.#random() < 0.5) change(this.#safeNames);
    this.#changes = [];
    this.#names = new Map(this.#safeNames);
    for (const file of this.#names.values()) file.losePower(this.#random);
  }

  /** Whether the plan has ended the process. */
  get hasEnded(): boolean {
    return this.#process.ended;
  }

  get bytes(): number {
    let bytes = 0;
    for (const file of this.#names.values()) bytes += file.content.length;
    return bytes;
  }

  get fileNames(): string[] {
    return [...this.#names.keys()].map((path) => basename(path)).sort();
  }

  /** A file's content, to be damaged. */
  contentOf(name: string): Buffer {
    for (const [path, file] of this.#names) if (basename(path) === name) return file.content;
    throw new Error(`no file ${name}`);
  }

  /** Takes bytes off a file's end. */
  cut(name: string, bytes: number): void {
    for (const [path, file] of this.#names) {
      if (basename(path) === name) file.truncate(file.content.length - bytes, this.#random);
    }
  }

  /** Takes the directory away with all files in it; handles to them still work. */
  detach(): Volume {
    const { lockOwner } = this;
    const volume = { names: this.#names, safeNames: this.#safeNames, changes: this.#changes, lockOwner };
    this.#names = new Map();
    this.#safeNames = new Map();
    this.#changes = [];
    this.isThere = false;
    this.lockOwner = undefined;
    return volume;
  }

  /** Puts a directory in the place of the one that is there. */
  attach({ names, safeNames, changes, lockOwner }: Volume): void {
    this.#names = names;
    this.#safeNames = safeNames;
    this.#changes = changes;
    this.isThere = true;
    this.lockOwner = lockOwner;
  }

  /** Takes a file away. */
  lose(name: string): void {
    for (const path of this.#names.keys()) if (basename(path) === name) this.#names.delete(path);
  }

  /** What the process that runs now sees. It is of no use to later ones. */
  fileSystem(): FileSystem {
    const process = this.#process;
    const begin = (operation: Operation, path: string, effect?: (fault: Fault) => void) =>
      this.#begin(process, operation, path, effect);
    const changeNames = async (operation: Operation, path: string, change: NameChange) => {
      await begin(operation, path, () => this.#random() < 0.5 && this.#change(change));
      this.#change(change);
    };
    return {
      listSync: () => this.fileNames,
      makeDirectory: async (directory) => {
        await begin("make", directory);
        this.isThere = true;
      },
      create: async (path) => {
        if (!this.isThere) throw systemError("ENOENT");
        if (this.#names.has(path)) throw systemError("EEXIST");
        const file = new SimulatedFile();
        await changeNames("create", path, (names) => names.set(path, file));
        return this.#handle(path, file, begin);
      },
      open: async (path) => {
        await begin("open", path);
        const file = this.#names.get(path);
        if (file === undefined) throw systemError("ENOENT");
        return this.#handle(path, file, begin);
      },
      rename: async (from, to) => {
        const file = this.#names.get(from);
        if (file === undefined) throw systemError("ENOENT");
        await changeNames("rename", from, (names) => {
          names.delete(from);
          names.set(to, file);
        });
      },
      remove: (path) => changeNames("remove", path, (names) => names.delete(path)),
      syncDirectory: async (directory) => {
        await begin("syncDirectory", directory);
        if (!this.isThere) throw systemError("ENOENT");
        for (const change of this.#changes) change(this.#safeNames);
        this.#changes = [];
      },
    };
  }

  #change(change: NameChange): void {
    change(this.#names);
    this.#changes.push(change);
  }

  #handle(path: string, file: SimulatedFile, start: Begin): OpenFile {
    let isOpen = true;
    const begin = async (operation: Operation, effect?: (fault: Fault) => void) => {
      if (!isOpen) throw systemError("EBADF");
      await start(operation, path, effect);
    };
    return {
      read: async (into, position) => {
        await begin("read");
        const name = basename(path);
        for (let at = position - (position % SECTOR_BYTES); at < position + into.length; at += SECTOR_BYTES) {
          if (this.isUnreadable(name, at)) throw systemError("EIO");
        }
        return file.content.copy(into, 0, Math.min(position, file.content.length));
      },
      write: async (buffers, position) => {
        const bytes = Buffer.concat(buffers);
        await begin("write", () => file.write(bytes.subarray(0, this.#random() * (bytes.length + 1)), position));
        const room = this.capacity - this.bytes + file.content.length - position;
        const most = Math.min(room, this.maxFileBytes - position);
        file.write(bytes.subarray(0, Math.max(0, most)), position);
        if (bytes.length > most) throw systemError(room < bytes.length ? "ENOSPC" : "EFBIG");
      },
      sync: async () => {
        await begin("sync", ({ kind }) =>
          kind === "fails" ? file.failSync(this.#random) : file.writeBack(this.#random),
        );
        file.sync();
      },
      truncate: async (size) => {
        await begin("truncate");
        file.truncate(size, this.#random);
      },
      size: async () => file.content.length,
      isInPlace: async () => this.#names.get(path) === file,
      close: async () => {
        if (!isOpen) throw systemError("EBADF");
        isOpen = false;
      },
    };
  }

  async #begin(
    process: { ended: boolean },
    operation: Operation,
    path: string,
    effect?: (fault: Fault) => void,
  ): Promise<void> {
    const fault = process.ended ? undefined : this.plan(this.operations++, operation, path);
    await (this.hold(operation) ?? Promise.resolve());
    // Nothing that a process awaits settles after its end.
    if (process.ended) return new Promise(() => {});
    if (fault !== undefined) effect?.(fault);
    if (fault?.kind === "ends") {
      process.ended = true;
      return new Promise(() => {});
    }
    if (fault?.kind === "fails") throw systemError(fault.code);
    // The system writes back on its own whenever it likes.
    for (const file of this.#names.values()) if (this.#random() < 0.02) file.writeBack(this.#random);
  }
}

type Begin = (operation: Operation, path: string, effect?: (fault: Fault) => void) => Promise<void>;

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
