/** A walk over the expressions of a typed Lua program. Precedence of operators does not matter to it. */
import type { Cursor } from "./cursor.js";
import { COLONS, CONCAT, DOTS, kindOf, NAME, NUMBER, PAIR, STRING } from "./lexer.js";
import { startsType, TypeGrammar } from "./types.js";

const kinds = (words: string): readonly number[] => words.split(" ").map(kindOf);

const COLON = kindOf(":");
const COMMA = kindOf(",");
const SEMICOLON = kindOf(";");
const EQUALS = kindOf("=");
const GREATER = kindOf(">");
const OPEN = kindOf("(");
const CLOSE = kindOf(")");
const OPEN_BRACE = kindOf("{");
const CLOSE_BRACE = kindOf("}");
const OPEN_BRACKET = kindOf("[");
const CLOSE_BRACKET = kindOf("]");
const DOT = kindOf(".");
const FUNCTION = kindOf("function");

const unary: ReadonlySet<number> = new Set(kinds("not - # ~"));
const binary: ReadonlySet<number> = new Set([...kinds("and or + - * / % ^ & | ~ <"), CONCAT, PAIR]);
const literals: ReadonlySet<number> = new Set([NUMBER, STRING, DOTS, ...kinds("nil true false")]);
/** What goes on with an expression, so that it would go on with what was cast once the type is gone. */
const suffixes: ReadonlySet<number> = new Set([OPEN, OPEN_BRACE, OPEN_BRACKET, DOT, COLON, STRING]);

export class Expressions {
  readonly types: TypeGrammar;
  private readonly cursor: Cursor;
  private readonly functionBody: () => void;
  /** The program has something of its own that is called `as`, so that `as (x)` may be a call of it. */
  private hasAs = false;

  constructor(cursor: Cursor, functionBody: () => void) {
    this.cursor = cursor;
    this.functionBody = functionBody;
    this.types = new TypeGrammar(cursor, () => this.one());
  }

  /** A name of something, which is not a field. */
  name(): void {
    if (this.cursor.isWord("as")) this.hasAs = true;
    this.cursor.expect(NAME, "name");
  }

  list(): void {
    do this.one();
    while (this.cursor.take(COMMA));
  }

  one(): void {
    const { cursor } = this;
    cursor.nested(() => {
      do {
        while (unary.has(cursor.kind())) cursor.next();
        this.simple();
        this.casts();
      } while (this.operator());
    });
  }

  private operator(): boolean {
    const { cursor } = this;
    const kind = cursor.kind();
    if (kind === GREATER) {
      // `>=` and `>>` are two tokens.
      if (cursor.touchesNext && (cursor.kind(1) === GREATER || cursor.kind(1) === EQUALS)) cursor.next();
    } else if (!binary.has(kind)) return false;
    cursor.next();
    return true;
  }

  private simple(): void {
    const { cursor } = this;
    if (literals.has(cursor.kind())) cursor.next();
    else if (cursor.kind() === OPEN_BRACE) this.table();
    else if (cursor.take(FUNCTION)) this.functionBody();
    else this.suffixed();
  }

  /** `x as T` and `x :: T`, any number of times. */
  private casts(): void {
    const { cursor } = this;
    while (this.atCast()) {
      const { start } = cursor;
      cursor.annotation(start, () => {
        cursor.next();
        this.types.cast();
      });
      if (!suffixes.has(cursor.kind())) continue;
      // On a line of its own it begins the next statement, and must not become a call of what was cast.
      if (cursor.kind() !== OPEN || !cursor.onNewLine) cursor.refuse("what was cast needs parentheses here: (x as T)");
      cursor.blank(start, cursor.end, ";");
    }
  }

  private atCast(): boolean {
    const { cursor } = this;
    if (cursor.kind() === COLONS) return !cursor.atLabel;
    if (!cursor.isWord("as") || !startsType(cursor.kind(1))) return false;
    const mayBeCall = [OPEN, OPEN_BRACE, STRING].includes(cursor.kind(1));
    return !mayBeCall || !(this.hasAs || cursor.onNewLine);
  }

  private table(): void {
    const { cursor } = this;
    cursor.next();
    while (!cursor.take(CLOSE_BRACE)) {
      if (cursor.take(OPEN_BRACKET)) {
        this.one();
        cursor.expect(CLOSE_BRACKET, "']'");
        cursor.expect(EQUALS, "'='");
      } else if (cursor.kind() === NAME && cursor.kind(1) === EQUALS) {
        cursor.next();
        cursor.next();
      }
      this.one();
      if (!cursor.take(COMMA) && !cursor.take(SEMICOLON) && cursor.kind() !== CLOSE_BRACE) cursor.fail("'}' expected");
    }
  }

  /** A name or `(expression)`, and what is called on it and taken from it. */
  suffixed(): void {
    const { cursor } = this;
    if (cursor.take(OPEN)) {
      this.one();
      cursor.expect(CLOSE, "')'");
    } else this.name();
    for (;;) {
      if (cursor.take(DOT)) cursor.expect(NAME, "name");
      else if (cursor.take(OPEN_BRACKET)) {
        this.one();
        cursor.expect(CLOSE_BRACKET, "']'");
      } else if (cursor.take(COLON)) {
        cursor.expect(NAME, "name");
        if (!this.callArguments()) cursor.fail("arguments expected");
      } else if (!this.callArguments()) return;
    }
  }

  private callArguments(): boolean {
    const { cursor } = this;
    if (cursor.take(STRING)) return true;
    if (cursor.kind() === OPEN_BRACE) {
      this.table();
      return true;
    }
    if (!cursor.take(OPEN)) return false;
    if (cursor.take(CLOSE)) return true;
    this.list();
    cursor.expect(CLOSE, "')'");
    return true;
  }
}
