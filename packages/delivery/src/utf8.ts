/**
 * Bytes of one block. An array with a buffer of its own costs several times what filling it does, so small ones share
 * blocks. A block lives as long as any of its parts: this is the most that a waiting message can hold beyond its own
 * size.
 */
const BLOCK_BYTES = 8192;
/** UTF-8 takes at most three bytes for one UTF-16 unit. */
const BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();
/** Taken from its end, because texts are encoded at its beginning. */
let block = new Uint8Array(0);
let free = 0;

/** Makes sure that this many bytes of the block are free; returns false if the text is too large to share one. */
function reserve(bytes: number): boolean {
  if (bytes > BLOCK_BYTES / 2) return false;
  if (free < bytes) {
    block = new Uint8Array(BLOCK_BYTES);
    free = BLOCK_BYTES;
  }
  return true;
}

/** An array to be filled once and then only read, because what is around it in its buffer belongs to others. */
export function smallArray(bytes: number): Uint8Array {
  if (!reserve(bytes)) return new Uint8Array(bytes);
  free -= bytes;
  return block.subarray(free, free + bytes);
}

/** The text in UTF-8: to be read, never changed. */
export function encodeText(text: string): Uint8Array {
  if (!reserve(text.length * BYTES_PER_UNIT)) return encoder.encode(text);
  // Copied to its place: encoding it there would take another array, on the rest of the block.
  const { written } = encoder.encodeInto(text, block);
  free -= written;
  block.copyWithin(free, 0, written);
  return block.subarray(free, free + written);
}
