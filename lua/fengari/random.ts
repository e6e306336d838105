/** The pseudo-random numbers of one environment; deterministic from their seed, no other source of chance exists in the engine. */

/** A small counter-based generator with 128 bits of state. */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 1;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** Any number, also fractions and NaN, starts a sequence of its own. */
  seed(seed: number): void {
    const bits = new Uint32Array(new Float64Array([seed]).buffer);
    this.a = bits[0]! | 0;
    this.b = bits[1]! | 0;
    this.c = 0x5bd1e995;
    this.d = 1;
    for (let i = 0; i < 12; i++) this.next32();
  }

  /** In [0, 1), 53 bits. */
  next(): number {
    const high = this.next32() >>> 5;
    const low = this.next32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  private next32(): number {
    const sum = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum;
  }
}
