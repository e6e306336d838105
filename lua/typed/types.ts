/** The grammar of types, as typed dialects of Lua write them. It is only walked over: nothing is checked. */
import type { Cursor } from "./cursor.js";
import { DOTS, kindOf, NAME, NUMBER, STRING } from "./lexer.js";

const COLON = kindOf(":");
const COMMA = kindOf(",");
const SEMICOLON = kindOf(";");
const EQUALS = kindOf("=");
const LESS = kindOf("<");
const GREATER = kindOf(">");
const MINUS = kindOf("-");
const OPEN = kindOf("(");
const CLOSE = kindOf(")");
const OPEN_BRACE = kindOf("{");
const CLOSE_BRACE = kindOf("}");
const OPEN_BRACKET = kindOf("[");
const CLOSE_BRACKET = kindOf("]");
const QUESTION = kindOf("?");
const OR = kindOf("|");
const AND = kindOf("&");
const DOT = kindOf(".");
const FUNCTION = kindOf("function");
const literals: ReadonlySet<number> = new Set([STRING, NUMBER, kindOf("nil"), kindOf("true"), kindOf("false")]);

const startsOfTypes: ReadonlySet<number> = new Set([
  ...literals,
  NAME,
  FUNCTION,
  OPEN,
  OPEN_BRACE,
  LESS,
  MINUS,
  OR,
  AND,
]);

/** Whether a type can begin with a token of this kind. */
export const startsType = (kind: number): boolean => startsOfTypes.has(kind);

export class TypeGrammar {
  private readonly cursor: Cursor;
  private readonly expression: () => void;
  /** Whether a `<` may also be a comparison, with what was cast. */
  private mayCompare = false;

  /** `expression` walks over one; `typeof(...)` has one. */
  constructor(cursor: Cursor, expression: () => void) {
    this.cursor = cursor;
    this.expression = expression;
  }

  /** `T | U & V`, also with a leading `|`. */
  type(): void {
    const { cursor } = this;
    cursor.nested(() => {
      if (!cursor.take(OR)) cursor.take(AND);
      do this.suffixed();
      while (cursor.take(OR) || cursor.take(AND));
    });
  }

  /** The type of a cast. What follows it may be an operator. */
  cast(): void {
    this.mayCompare = true;
    this.type();
    this.mayCompare = false;
  }

  /** What a function returns: `T`, `(T, U)`, `...T`, or `T, U`. */
  results(): void {
    do this.item();
    while (this.cursor.take(COMMA));
  }

  /** `<T, U: Bound, V = Default, P...>` */
  parameters(): void {
    const { cursor } = this;
    cursor.expect(LESS, "'<'");
    do {
      cursor.expect(NAME, "name of a type");
      cursor.take(DOTS);
      if (cursor.take(COLON)) this.type();
      if (cursor.take(EQUALS)) this.item();
    } while (cursor.take(COMMA));
    cursor.expect(GREATER, "'>'");
  }

  private suffixed(): void {
    const { cursor } = this;
    this.simple();
    for (;;) {
      if (cursor.kind() === OPEN_BRACKET && cursor.kind(1) === CLOSE_BRACKET) {
        cursor.next();
        cursor.next();
      } else if (!cursor.take(QUESTION)) return;
    }
  }

  private simple(): void {
    const { cursor } = this;
    const kind = cursor.kind();
    if (kind === NAME) this.named();
    else if (literals.has(kind)) cursor.next();
    else if (kind === OPEN_BRACE) this.table();
    else if (kind === OPEN) this.tuple();
    else if (kind === LESS) {
      this.parameters();
      this.tuple();
    } else if (kind === FUNCTION) this.functionWord();
    else if (kind === MINUS && cursor.kind(1) === NUMBER) {
      cursor.next();
      cursor.next();
    } else cursor.fail("type expected");
  }

  /** `T`, `module.T`, `T<U>`, `P...`, `typeof(expression)` */
  private named(): void {
    const { cursor } = this;
    if (cursor.isWord("typeof") && cursor.kind(1) === OPEN) {
      cursor.next();
      cursor.next();
      this.expression();
      cursor.expect(CLOSE, "')'");
      return;
    }
    const isPack = cursor.kind(1) === DOTS && cursor.touchesNext;
    cursor.next();
    while (cursor.kind() === DOT && cursor.kind(1) === NAME) {
      cursor.next();
      cursor.next();
    }
    if (isPack) cursor.next();
    else if (cursor.kind() === LESS) this.typeArguments();
  }

  private typeArguments(): void {
    if (!this.mayCompare) return this.typeList();
    this.mayCompare = false;
    this.cursor.attempt(() => this.typeList());
    this.mayCompare = true;
  }

  private typeList(): void {
    const { cursor } = this;
    cursor.expect(LESS, "'<'");
    if (cursor.take(GREATER)) return;
    do this.item();
    while (cursor.take(COMMA));
    cursor.expect(GREATER, "'>'");
  }

  /** `(T)`, `(T, U)`, `(a: T, b: U?, ...: V) -> R` */
  private tuple(): void {
    const { cursor } = this;
    this.list();
    if (cursor.kind() !== MINUS || cursor.kind(1) !== GREATER || !cursor.touchesNext) return;
    cursor.next();
    cursor.next();
    this.item();
  }

  /** `function`, `function(T, U): R` */
  private functionWord(): void {
    const { cursor } = this;
    cursor.next();
    if (cursor.kind() === LESS) this.parameters();
    if (cursor.kind() !== OPEN) return;
    this.list();
    if (cursor.take(COLON)) this.item();
  }

  private list(): void {
    const { cursor } = this;
    cursor.expect(OPEN, "'('");
    cursor.nested(() => {
      if (cursor.take(CLOSE)) return;
      do this.item();
      while (cursor.take(COMMA));
      cursor.expect(CLOSE, "')'");
    });
  }

  /** A type, with or without the name of what it is the type of: `T`, `a: T`, `a?: T`, `...T`, `...: T`, `...` */
  private item(): void {
    const { cursor } = this;
    if (cursor.take(DOTS)) {
      if (cursor.take(COLON) || startsType(cursor.kind())) this.type();
      return;
    }
    this.type();
    if (cursor.take(COLON)) this.type();
  }

  /** `{T}`, `{T, U}`, `{[K]: V}`, `{a: T, read b: U?}` */
  private table(): void {
    const { cursor } = this;
    cursor.next();
    while (!cursor.take(CLOSE_BRACE)) {
      // `read name: T`, `readonly name: T`
      if (cursor.kind() === NAME && (cursor.kind(1) === NAME || cursor.kind(1) === OPEN_BRACKET)) this.modifier();
      if (cursor.take(OPEN_BRACKET)) {
        this.type();
        cursor.expect(CLOSE_BRACKET, "']'");
        cursor.expect(COLON, "':'");
        this.type();
      } else this.item();
      if (!cursor.take(COMMA) && !cursor.take(SEMICOLON) && cursor.kind() !== CLOSE_BRACE) {
        cursor.fail("'}' or ',' expected");
      }
    }
  }

  private modifier(): void {
    const { cursor } = this;
    if (["read", "write", "readonly"].some((word) => cursor.isWord(word))) {
      // `{read[]}` is a list of a type of that name.
      if (cursor.kind(1) === NAME || cursor.kind(2) !== CLOSE_BRACKET) cursor.next();
    }
  }
}
