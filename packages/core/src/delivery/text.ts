/**
 * Bytes of one block. A text of its own buffer costs eight times what encoding it does, so small texts share blocks. A
 * block lives as long as any of its texts: this is the most that a waiting message can hold beyond its own size.
 */
const BLOCK_BYTES = 8192;
/** UTF-8 takes at most three bytes for one UTF-16 unit. */
const BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();
let block = new Uint8Array(0);
let used = 0;

/** The text in UTF-8: to be read, never changed, because what is around it in the buffer are other texts. */
export function encodeText(text: string): Uint8Array {
  const most = text.length * BYTES_PER_UNIT;
  if (most > BLOCK_BYTES / 2) return encoder.encode(text);
  if (block.length - used < most) {
    block = new Uint8Array(BLOCK_BYTES);
    used = 0;
  }
  const { written } = encoder.encodeInto(text, block.subarray(used));
  const bytes = block.subarray(used, used + written);
  used += written;
  return bytes;
}
