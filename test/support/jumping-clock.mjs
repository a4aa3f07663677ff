import { readFileSync } from 'node:fs';

/**
 * Loaded into a program with `--import`, it makes the program's wall clock differ from the machine's by as many
 * milliseconds as the file in COUNTERSIGN_TEST_CLOCK says, from the moment that it says so: what a stepped clock is to
 * a program. Timers and `performance.now()` go on as they do then.
 */
const file = process.env.COUNTERSIGN_TEST_CLOCK;
const lookEveryMs = 100;
const RealDate = globalThis.Date;
let aheadMs = 0;

function look() {
  try {
    aheadMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    aheadMs = 0;
  }
}

class JumpingDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + aheadMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
}

if (file !== undefined) {
  look();
  setInterval(look, lookEveryMs).unref();
  globalThis.Date = JumpingDate;
}
