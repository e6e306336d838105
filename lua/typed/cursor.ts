/** Where a walk over the tokens of a source stands, and which parts of the text it takes away. */
import { COLONS, END, NAME, type Tokens, tokensOf } from "./lexer.js";

/** Not Lua, and not because of an annotation: what is wrong is for the engine to say. */
export class NotLua extends Error {}

/** A type annotation that is wrong at `offset`. */
export class Malformed extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  /** Put in place of the last character. */
  readonly last: string;
}

/** Not less than what the engine allows, which has the last word on programs. */
const maxDepth = 220;

const shownLength = 40;

export class Cursor {
  readonly text: string;
  private readonly tokens: Tokens;
  private position = 0;
  private depth = 0;
  private annotations = 0;
  private readonly edits: Edit[] = [];

  constructor(text: string) {
    this.text = text;
    this.tokens = tokensOf(text);
  }

  get at(): number {
    return this.position;
  }

  /** Kind of the next token, or of one after it. */
  kind(ahead = 0): number {
    return this.tokens.kinds[this.position + ahead] ?? END;
  }

  /** Where the next token starts. */
  get start(): number {
    return this.tokens.starts[this.position]!;
  }

  /** Where the last token taken ended. */
  get end(): number {
    return this.position === 0 ? 0 : this.tokens.ends[this.position - 1]!;
  }

  next(): void {
    if (this.position < this.tokens.kinds.length - 1) this.position++;
  }

  take(kind: number): boolean {
    if (this.kind() !== kind) return false;
    this.next();
    return true;
  }

  expect(kind: number, what: string): void {
    if (!this.take(kind)) this.fail(`${what} expected`);
  }

  /** Whether the next token, or one after it, is this name, which is no keyword of Lua. */
  isWord(word: string, ahead = 0): boolean {
    if (this.kind(ahead) !== NAME) return false;
    const start = this.tokens.starts[this.position + ahead]!;
    return this.tokens.ends[this.position + ahead]! - start === word.length && this.text.startsWith(word, start);
  }

  /** True when nothing is between the next token and the one after it. */
  get touchesNext(): boolean {
    return this.tokens.ends[this.position] === this.tokens.starts[this.position + 1];
  }

  /** True when the next token is on a later line than the one before it. */
  get onNewLine(): boolean {
    return /[\r\n]/.test(this.text.slice(this.end, this.start));
  }

  /** `::name::` is a label, any other `::` a cast. In `:: T ::name::` the label is the second, as no statement is a mere name. */
  get atLabel(): boolean {
    if (this.kind() !== COLONS || this.kind(1) !== NAME || this.kind(2) !== COLONS) return false;
    return this.kind(3) !== NAME || this.kind(4) !== COLONS;
  }

  /** Run one level deeper. */
  nested(body: () => void): void {
    if (++this.depth > maxDepth) this.fail("too deeply nested");
    body();
    this.depth--;
  }

  /** What `body` takes goes from the text; what is wrong in it is wrong with an annotation. */
  annotation(from: number, body: () => void): void {
    this.annotations++;
    body();
    this.annotations--;
    this.blank(from, this.end);
  }

  /** Without `last`, spaces only. */
  blank(start: number, end: number, last = " "): void {
    while (this.edits.length > 0 && this.edits[this.edits.length - 1]!.start >= start) this.edits.pop();
    if (end > start) this.edits.push({ start, end, last });
  }

  /** Whether `body` can be parsed here; if not, nothing has happened. */
  attempt(body: () => void): boolean {
    const { position, depth, annotations } = this;
    const edits = this.edits.length;
    try {
      body();
      return true;
    } catch (problem) {
      if (!(problem instanceof Malformed)) throw problem;
      this.position = position;
      this.depth = depth;
      this.annotations = annotations;
      this.edits.length = edits;
      return false;
    }
  }

  /** The next token is not what has to be here. */
  fail(message: string): never {
    if (this.annotations === 0) throw new NotLua();
    const { position, tokens, text } = this;
    const start = tokens.starts[position]!;
    const shown = text.slice(start, tokens.ends[position]!).slice(0, shownLength);
    throw new Malformed(
      start,
      `malformed type annotation: ${message} near ${this.kind() === END ? "<eof>" : `'${shown}'`}`,
    );
  }

  /** The next token is Lua of another kind than this. */
  refuse(message: string): never {
    throw new Malformed(this.start, message);
  }

  /** The text without what was blanked; every other character is where it was. */
  result(): string {
    if (this.edits.length === 0) return this.text;
    const parts: string[] = [];
    let from = 0;
    for (const { start, end, last } of this.edits) {
      parts.push(this.text.slice(from, start), this.text.slice(start, end - 1).replace(/[^\r\n]/g, " "), last);
      from = end;
    }
    parts.push(this.text.slice(from));
    return parts.join("");
  }
}
