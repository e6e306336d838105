/** Erlang's external term format, as far as tests need it: whole numbers, atoms (texts here), lists and tuples (arrays here). */

export type Term = number | string | boolean | readonly Term[];

const version = 131;
const tags = { byte: 97, integer: 98, tuple: 104, nil: 106, bytes: 107, list: 108, binary: 109, atom: 119 } as const;

/** Arrays become lists, texts and booleans atoms. */
export function encodeTerm(term: Term): Buffer {
  const parts: number[] = [version];
  write(term, parts);
  return Buffer.from(parts);
}

function write(term: Term, parts: number[]): void {
  if (typeof term === "number") parts.push(tags.integer, ...wordOf(term));
  else if (typeof term === "object") writeList(term, parts);
  else {
    const name = Buffer.from(String(term));
    parts.push(tags.atom, name.length, ...name);
  }
}

function writeList(items: readonly Term[], parts: number[]): void {
  if (items.length > 0) parts.push(tags.list, ...wordOf(items.length));
  for (const item of items) write(item, parts);
  parts.push(tags.nil);
}

function wordOf(value: number): number[] {
  return [(value >> 24) & 255, (value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** Throws for a kind of term that is not expected. Binaries become texts. */
export function decodeTerm(bytes: Buffer): Term {
  return new Reader(bytes).term();
}

class Reader {
  private at = 1;

  constructor(private readonly bytes: Buffer) {}

  term(): Term {
    const tag = this.bytes[this.at++];
    switch (tag) {
      case tags.byte:
        return this.bytes[this.at++]!;
      case tags.integer:
        return this.bytes.readInt32BE(this.skip(4));
      case tags.atom:
        return atomOf(this.text(this.bytes[this.at++]!));
      case 100: // An atom as OTP 25 writes it.
        return atomOf(this.text(this.bytes.readUInt16BE(this.skip(2))));
      case tags.tuple:
        return this.items(this.bytes[this.at++]!);
      case tags.nil:
        return [];
      case tags.bytes: {
        const length = this.bytes.readUInt16BE(this.skip(2));
        return [...this.bytes.subarray(this.skip(length), this.at)];
      }
      case tags.list: {
        const items = this.items(this.bytes.readUInt32BE(this.skip(4)));
        this.at++;
        return items;
      }
      case tags.binary:
        return this.text(this.bytes.readUInt32BE(this.skip(4)));
      default:
        throw new Error(`term of kind ${tag} at ${this.at - 1} is not expected`);
    }
  }

  private items(count: number): Term[] {
    return Array.from({ length: count }, () => this.term());
  }

  private text(length: number): string {
    const from = this.skip(length);
    return this.bytes.toString("utf8", from, this.at);
  }

  private skip(count: number): number {
    this.at += count;
    return this.at - count;
  }
}

function atomOf(name: string): Term {
  return name === "true" ? true : name === "false" ? false : name;
}
