import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { fileOutbox } from "@alumiini/outbox";
import { type Benchmark, verifyThat } from "./benchmark.ts";

const close = promisify(fs.close);
const fdatasync = promisify(fs.fdatasync);
const open = promisify(fs.open);
const rm = promisify(fs.rm);
const write = promisify(fs.write);

/** As large as a typical event with its headers. */
const PAYLOAD_BYTES = 590;
const HEADER_BYTES = 16;

/**
 * A group of records made safe: `append` for each and one `flush`, against the same records with the same header and
 * checksum put together by hand, written with one call and synced with one.
 */
export function outboxGroup(records: number): Benchmark & { close(): Promise<void> } {
  const directory = fs.mkdtempSync(join(tmpdir(), "bench-outbox-"));
  const payloads = Array.from({ length: 64 }, (_, index) => Buffer.alloc(PAYLOAD_BYTES, `${index} `));
  const ours = outboxContender(join(directory, "outbox"), payloads, records);
  const raw = rawContender(join(directory, "raw"), payloads, records);
  let isRight = false;
  return {
    name: `outbox-${records}`,
    title: `${records} records of ${PAYLOAD_BYTES} bytes appended and synced`,
    // 0.8 of the throughput.
    target: 1.25,
    ours: { name: "append, flush", run: ours.run },
    alternative: { name: "raw file: records in one write, fdatasync", run: raw.run },
    async close() {
      const [appended, written] = [await ours.close(), await raw.close()];
      const onDisk = fs.readdirSync(join(directory, "outbox")).filter((name) => name.endsWith(".segment"));
      const bytes = onDisk.reduce((sum, name) => sum + fs.statSync(join(directory, "outbox", name)).size, 0);
      const recordBytes = PAYLOAD_BYTES + HEADER_BYTES;
      isRight =
        appended > 0 &&
        bytes >= appended * recordBytes &&
        fs.statSync(join(directory, "raw")).size === written * recordBytes;
      await rm(directory, { recursive: true });
    },
    verify: () => verifyThat(isRight, "every record is in the files"),
  };
}

function outboxContender(directory: string, payloads: readonly Buffer[], records: number) {
  const outbox = fileOutbox({ directory, maxBytes: 16 * 2 ** 30, segmentBytes: 16 * 2 ** 20 });
  const ready = outbox.open({
    onFailure: (error) => {
      throw error;
    },
  });
  let appended = 0;
  return {
    async run() {
      await ready;
      for (let record = 0; record < records; record++) {
        const sequence = outbox.append(payloads[record % payloads.length] ?? Buffer.alloc(0));
        if (typeof sequence !== "number") throw new Error(`refused: ${sequence}`);
        appended++;
      }
      await outbox.flush();
    },
    async close() {
      await outbox.close();
      return appended;
    },
  };
}

function rawContender(path: string, payloads: readonly Buffer[], records: number) {
  const ready = open(path, "w");
  let sequence = 0;
  let position = 0;
  return {
    async run() {
      const file = await ready;
      const bytes = Buffer.allocUnsafe(records * (PAYLOAD_BYTES + HEADER_BYTES));
      let end = 0;
      for (let record = 0; record < records; record++) {
        const payload = payloads[record % payloads.length] ?? Buffer.alloc(0);
        const start = end;
        end += HEADER_BYTES + payload.length;
        bytes.writeUInt32LE(payload.length, start);
        bytes.writeBigUInt64LE(BigInt(++sequence), start + 8);
        bytes.set(payload, start + HEADER_BYTES);
        bytes.writeUInt32LE(crc32(bytes.subarray(start + 8, end)), start + 4);
      }
      const { bytesWritten } = await write(file, bytes, 0, end, position);
      if (bytesWritten !== end) throw new Error("a short write");
      position += end;
      await fdatasync(file);
    },
    async close() {
      await close(await ready);
      return sequence;
    },
  };
}
