/** Living: which processes of one series live. Ids of a series count up, so a bit for each is enough, and pages of the dead go. */

/** Ids of one page. */
const pageSize = 1024;

interface Page {
  readonly bits: Uint32Array;
  count: number;
}

export class Living {
  private readonly pages = new Map<number, Page>();
  private last = 0;
  private count = 0;

  /** The highest number that has been given. */
  get high(): number {
    return this.last;
  }

  get size(): number {
    return this.count;
  }

  /** Numbers up to this one have been given, and those that are new live. */
  raise(high: number): void {
    for (let number = this.last + 1; number <= high; number++) this.add(number);
    if (high > this.last) this.last = high;
  }

  /** Numbers up to this one have been given, and of them these live. */
  restore(high: number, living: readonly number[]): void {
    this.last = high;
    for (const number of living) this.add(number);
  }

  /** False when it had ended before, or has never been given. */
  end(number: number): boolean {
    if (!this.has(number)) return false;
    const at = Math.floor(number / pageSize);
    const page = this.pages.get(at)!;
    page.bits[(number % pageSize) >> 5]! &= ~(1 << (number & 31));
    page.count--;
    this.count--;
    if (page.count === 0) this.pages.delete(at);
    return true;
  }

  /** All of them have. */
  endAll(): void {
    this.pages.clear();
    this.count = 0;
  }

  has(number: number): boolean {
    const page = this.pages.get(Math.floor(number / pageSize));
    return page !== undefined && (page.bits[(number % pageSize) >> 5]! & (1 << (number & 31))) !== 0;
  }

  list(): number[] {
    const all: number[] = [];
    for (const at of this.pages.keys()) {
      for (let number = at * pageSize; number < (at + 1) * pageSize; number++) if (this.has(number)) all.push(number);
    }
    return all;
  }

  private add(number: number): void {
    const page = this.page(number);
    page.bits[(number % pageSize) >> 5]! |= 1 << (number & 31);
    page.count++;
    this.count++;
  }

  private page(number: number): Page {
    const at = Math.floor(number / pageSize);
    let page = this.pages.get(at);
    if (page === undefined) {
      page = { bits: new Uint32Array(pageSize / 32), count: 0 };
      this.pages.set(at, page);
    }
    return page;
  }
}
