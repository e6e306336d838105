/** A walk over a whole Lua 5.3 program that takes its type annotations away. */
import type { Cursor } from "./cursor.js";
import { Expressions } from "./expressions.js";
import { BAD, DOTS, END, kindOf, NAME } from "./lexer.js";
import type { TypeGrammar } from "./types.js";

const COLON = kindOf(":");
const COMMA = kindOf(",");
const SEMICOLON = kindOf(";");
const EQUALS = kindOf("=");
const LESS = kindOf("<");
const GREATER = kindOf(">");
const OPEN = kindOf("(");
const CLOSE = kindOf(")");
const DOT = kindOf(".");
const QUESTION = kindOf("?");
const DO = kindOf("do");
const ELSE = kindOf("else");
const ELSEIF = kindOf("elseif");
const END_WORD = kindOf("end");
const FUNCTION = kindOf("function");
const IN = kindOf("in");
const RETURN = kindOf("return");
const THEN = kindOf("then");
const UNTIL = kindOf("until");

const endsOfBlocks: ReadonlySet<number> = new Set([ELSE, ELSEIF, END_WORD, UNTIL, END, BAD]);

export class TypedProgram {
  private readonly cursor: Cursor;
  private readonly expressions: Expressions;
  private readonly types: TypeGrammar;
  private readonly statements: ReadonlyMap<number, () => void>;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
    this.expressions = new Expressions(cursor, () => this.functionBody());
    this.types = this.expressions.types;
    this.statements = new Map(
      Object.entries({
        if: () => this.conditional(),
        while: () => this.loop(),
        do: () => this.body(),
        for: () => this.counted(),
        repeat: () => this.repeated(),
        function: () => this.named(),
        local: () => this.local(),
        goto: () => this.cursor.expect(NAME, "name"),
        break: () => {},
        ";": () => {},
      }).map(([word, walk]) => [kindOf(word), walk]),
    );
  }

  walk(): void {
    this.block();
    if (this.cursor.kind() !== END) this.cursor.fail("end of the program expected");
  }

  // Statements. A keyword that chose its method has been taken.

  private block(): void {
    const { cursor } = this;
    cursor.nested(() => {
      while (!endsOfBlocks.has(cursor.kind())) {
        if (cursor.take(RETURN)) {
          if (cursor.kind() !== SEMICOLON && !endsOfBlocks.has(cursor.kind())) this.expressions.list();
          cursor.take(SEMICOLON);
          return;
        }
        this.statement();
      }
    });
  }

  private statement(): void {
    const { cursor } = this;
    const walk = this.statements.get(cursor.kind());
    if (walk !== undefined) {
      cursor.next();
      walk();
    } else if (cursor.atLabel) {
      for (let i = 0; i < 3; i++) cursor.next();
    } else if (!this.alias()) this.callOrAssignment();
  }

  /** `type X = T`, `export type X<T> = U` */
  private alias(): boolean {
    const { cursor } = this;
    const first = cursor.isWord("export") && cursor.isWord("type", 1) ? 1 : 0;
    if (!cursor.isWord("type", first) || cursor.kind(first + 1) !== NAME) return false;
    const { start } = cursor;
    cursor.annotation(start, () => {
      for (let i = 0; i < first + 2; i++) cursor.next();
      if (cursor.kind() === LESS) this.types.parameters();
      cursor.expect(EQUALS, "'='");
      this.types.type();
    });
    // What is before it must not be called with what is after it.
    if (cursor.kind() === OPEN) cursor.blank(start, cursor.end, ";");
    return true;
  }

  private callOrAssignment(): void {
    const { cursor } = this;
    this.expressions.suffixed();
    if (cursor.kind() !== EQUALS && cursor.kind() !== COMMA) return;
    while (cursor.take(COMMA)) this.expressions.suffixed();
    cursor.expect(EQUALS, "'='");
    this.expressions.list();
  }

  /** Up to and with its `end`. */
  private body(): void {
    this.block();
    this.cursor.expect(END_WORD, "'end'");
  }

  private conditional(): void {
    const { cursor } = this;
    do {
      this.expressions.one();
      cursor.expect(THEN, "'then'");
      this.block();
    } while (cursor.take(ELSEIF));
    if (cursor.take(ELSE)) this.block();
    cursor.expect(END_WORD, "'end'");
  }

  private loop(): void {
    this.expressions.one();
    this.cursor.expect(DO, "'do'");
    this.body();
  }

  private counted(): void {
    const { cursor } = this;
    do this.binding();
    while (cursor.take(COMMA));
    if (!cursor.take(EQUALS)) cursor.expect(IN, "'in'");
    this.expressions.list();
    cursor.expect(DO, "'do'");
    this.body();
  }

  private repeated(): void {
    this.block();
    this.cursor.expect(UNTIL, "'until'");
    this.expressions.one();
  }

  private named(): void {
    const { cursor } = this;
    this.expressions.name();
    while (cursor.take(DOT)) cursor.expect(NAME, "name");
    if (cursor.take(COLON)) cursor.expect(NAME, "name");
    this.functionBody();
  }

  private local(): void {
    const { cursor } = this;
    if (cursor.take(FUNCTION)) {
      this.expressions.name();
      this.functionBody();
      return;
    }
    do this.binding();
    while (cursor.take(COMMA));
    if (cursor.take(EQUALS)) this.expressions.list();
  }

  /** A local name, with or without its type. */
  private binding(): void {
    const { cursor } = this;
    this.expressions.name();
    const { start } = cursor;
    if (cursor.kind() === LESS && cursor.kind(2) === GREATER) {
      cursor.refuse("attributes such as <const> and <close> are of Lua 5.4, this is Lua 5.3");
    }
    if (cursor.kind() === COLON) {
      cursor.annotation(start, () => {
        cursor.next();
        this.types.type();
      });
    }
  }

  // Functions

  /** From the type parameters or `(` to `end`. */
  private functionBody(): void {
    const { cursor } = this;
    if (cursor.kind() === LESS) cursor.annotation(cursor.start, () => this.types.parameters());
    cursor.expect(OPEN, "'('");
    if (!cursor.take(CLOSE)) {
      do this.parameter();
      while (cursor.take(COMMA));
      cursor.expect(CLOSE, "')'");
    }
    if (cursor.kind() === COLON) {
      cursor.annotation(cursor.start, () => {
        cursor.next();
        this.types.results();
      });
    }
    this.body();
  }

  /** `a`, `a: T`, `a?: T`, `...`, `...: T` */
  private parameter(): void {
    const { cursor } = this;
    if (!cursor.take(DOTS)) this.expressions.name();
    if (cursor.kind() !== COLON && cursor.kind() !== QUESTION) return;
    cursor.annotation(cursor.start, () => {
      cursor.take(QUESTION);
      cursor.expect(COLON, "':'");
      this.types.type();
    });
  }
}
