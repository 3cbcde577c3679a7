import * as fs from "node:fs";
import { promisify } from "node:util";
import { makeDirectory } from "@alumiini/core/node";
import { errorCode, type FileSystem, type OpenFile } from "./file-system.js";

// The callback functions on descriptors cost less than half of what `FileHandle` does for each call.
const close = promisify(fs.close);
const fdatasync = promisify(fs.fdatasync);
const fstat = promisify(fs.fstat);
const fsync = promisify(fs.fsync);
const ftruncate = promisify(fs.ftruncate);
const open = promisify(fs.open);
const rename = promisify(fs.rename);
const stat = promisify(fs.stat);
const unlink = promisify(fs.unlink);

/** Buffers that one system call takes: the least IOV_MAX of the systems that Node runs on. */
const MAX_BUFFERS = 1024;

/** Other users of the machine must not read the events. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** The real file system. */
export const nodeFileSystem: FileSystem = {
  listSync(directory) {
    try {
      return fs.readdirSync(directory);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      throw error;
    }
  },
  makeDirectory: (directory) => makeDirectory(directory, DIRECTORY_MODE),
  create: async (path) => openFile(path, await open(path, "wx+", FILE_MODE)),
  open: async (path) => openFile(path, await open(path, "r+")),
  rename,
  async remove(path) {
    try {
      await unlink(path);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  },
  async syncDirectory(directory) {
    // Windows can't open a directory, and keeps its names safe by itself.
    if (process.platform === "win32") return;
    const descriptor = await open(directory, "r");
    try {
      await fsync(descriptor);
    } finally {
      await close(descriptor);
    }
  },
};

/** The same for files that are only read, in a directory that may be read-only. */
export const readOnlyFileSystem: FileSystem = {
  ...nodeFileSystem,
  open: async (path) => openFile(path, await open(path, "r")),
};

function openFile(path: string, descriptor: number): OpenFile {
  return {
    read: (into, position) => read(descriptor, into, position),
    async write(buffers, position) {
      let at = position;
      for (let start = 0; start < buffers.length; start += MAX_BUFFERS) {
        at = await writeAll(descriptor, buffers.slice(start, start + MAX_BUFFERS), at);
      }
    },
    sync: () => fdatasync(descriptor),
    truncate: (size) => ftruncate(descriptor, size),
    size: async () => (await fstat(descriptor)).size,
    isInPlace: () => isNamedBy(path, descriptor),
    close: () => close(descriptor),
  };
}

async function isNamedBy(path: string, descriptor: number): Promise<boolean> {
  try {
    const [named, opened] = await Promise.all([stat(path), fstat(descriptor)]);
    return named.ino === opened.ino && named.dev === opened.dev;
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return false;
    throw error;
  }
}

function read(descriptor: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, into, 0, into.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** Returns the position behind what it wrote. The system may take less than it is given at a time. */
async function writeAll(descriptor: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
  let at = position;
  let left = buffers;
  while (left.length > 0) {
    const written = await writev(descriptor, left, at);
    if (written === 0) throw Object.assign(new Error("EIO: nothing was written"), { code: "EIO" });
    at += written;
    left = withoutFirstBytes(left, written);
  }
  return at;
}

function writev(descriptor: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(descriptor, buffers, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

function withoutFirstBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = count;
  for (const buffer of buffers) {
    if (skip < buffer.length) left.push(skip === 0 ? buffer : buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return left;
}
