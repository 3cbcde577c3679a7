const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID of a time, and of a number that makes it unique: the same each time. */
export function ulid(time: number, unique: number): string {
  let id = "";
  for (let rest = time, left = 10; left > 0; left--) {
    id = DIGITS.charAt(rest % 32) + id;
    rest = Math.floor(rest / 32);
  }
  return id + String(unique).padStart(16, "0");
}
