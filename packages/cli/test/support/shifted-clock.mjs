// For `node --import`: the time of day is shifted by what the file ALUMIINI_TEST_CLOCK says in milliseconds. It is read
// at the start and at SIGUSR2, as a clock that somebody sets; then the file says that it was.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const file = process.env["ALUMIINI_TEST_CLOCK"];
const Real = Date;
let shift = 0;

function read() {
  if (existsSync(file)) shift = Number(readFileSync(file, "utf8"));
  writeFileSync(`${file}.set`, String(shift));
}

globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + shift);
    else super(...given);
  }

  static now() {
    return Real.now() + shift;
  }
};
read();
process.on("SIGUSR2", read);
