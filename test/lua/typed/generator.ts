/** Random Lua programs, with type annotations marked, so that a program is known with and without them. */
import type { Random } from "../../support/random.js";

export interface Generated {
  readonly typed: string;
  /** The same with spaces in place of annotations. */
  readonly plain: string;
}

const names = "a b c x y self type as export T of_9 _ENV1 read fun".split(" ");
const binaries = "+ - * / // % ^ .. == ~= <= > >= < and or >> << ~ | &".split(" ");
/** After a type these would belong to it. */
const afterCast = binaries.filter((op) => !["<", "|", "&", "-"].includes(op));
const blanks = [" ", " ", " ", "\n", "\t", "\r\n", " --[[ x: T ]] ", " -- x as T\n", " --[==[ ]] type X = 1\n]==] "];
const strings = [`"a: T"`, `'x as \\'T\\''`, "[[ type X = 1 ]]", "[=[ ]] :: T ]=]", `"\\\n\\z  \\x41"`];
const numbers = ["1", "0x1F", "3.5e-2", ".5", "0x.8p1", "1e10", "7."];

export class ProgramGenerator {
  private readonly random: Random;
  private readonly isTyped: boolean;
  private typed = "";
  private plain = "";
  private inAnnotation = false;
  /** Nothing goes before the first token of an annotation. */
  private isFresh = false;

  constructor(random: Random, isTyped: boolean) {
    this.random = random;
    this.isTyped = isTyped;
  }

  program(): Generated {
    this.put("local as, export, type = 1, 2, 3");
    this.block(4);
    return { typed: this.typed, plain: this.plain };
  }

  private put(...tokens: string[]): void {
    for (const token of tokens) {
      const text = (this.isFresh ? "" : this.random.pick(blanks)) + token;
      this.isFresh = false;
      this.typed += text;
      this.plain += this.inAnnotation ? text.replace(/[^\r\n]/g, " ") : text;
    }
  }

  private name(): void {
    this.put(this.random.pick(names));
  }

  private many(item: () => void, most = 3, separator = ","): void {
    const count = 1 + this.random.below(most);
    for (let i = 0; i < count; i++) {
      if (i > 0) this.put(separator);
      item();
    }
  }

  private maybe(body: () => void): void {
    if (this.random.chance(0.4)) body();
  }

  private annotation(body: () => void): void {
    if (!this.isTyped || this.inAnnotation || this.random.chance(0.4)) return;
    this.put("");
    this.inAnnotation = true;
    this.isFresh = true;
    body();
    this.inAnnotation = false;
  }

  // Statements

  private block(depth: number): void {
    const count = this.random.below(depth + 2);
    for (let i = 0; i < count; i++) this.statement(depth);
    if (depth < 4 && this.random.chance(0.3)) {
      this.put("return");
      this.maybe(() => this.many(() => this.expression(depth - 1)));
      this.maybe(() => this.put(";"));
    }
  }

  private statement(depth: number): void {
    const below = depth - 1;
    const kinds: (() => void)[] = [
      () => this.binding(below),
      () => this.assignment(below),
      () => this.call(below),
      () => this.put(`do ::l${this.plain.length}:: end`),
      () => this.alias(),
    ];
    if (depth > 0) kinds.push(...this.compound(below));
    this.random.pick(kinds)();
  }

  private compound(below: number): (() => void)[] {
    const body = (): void => {
      this.block(below);
      this.put("end");
    };
    return [
      () => {
        this.put("if");
        this.expression(below);
        this.put("then");
        this.block(below);
        this.maybe(() => {
          this.put("elseif");
          this.expression(below);
          this.put("then");
          this.block(below);
        });
        this.maybe(() => {
          this.put("else");
          this.block(below);
        });
        this.put("end");
      },
      () => {
        this.put("while");
        this.expression(below);
        this.put("do");
        body();
      },
      () => {
        this.put("for");
        this.typedName();
        this.put("=");
        this.expression(below);
        this.put(",");
        this.expression(below);
        this.put("do");
        body();
      },
      () => {
        this.put("for");
        this.many(() => this.typedName());
        this.put("in");
        this.expression(below);
        this.put("do");
        body();
      },
      () => {
        this.put("repeat");
        this.block(below);
        this.put("until");
        this.expression(below);
      },
      () => {
        this.put("function");
        this.name();
        this.maybe(() => this.put(".", "m"));
        this.maybe(() => this.put(":", "m"));
        this.functionBody(below);
      },
      () => {
        this.put("local", "function");
        this.name();
        this.functionBody(below);
      },
    ];
  }

  private binding(depth: number): void {
    this.put("local");
    this.many(() => this.typedName());
    this.maybe(() => {
      this.put("=");
      this.many(() => this.expression(depth));
    });
  }

  private typedName(): void {
    this.name();
    this.annotation(() => {
      this.put(":");
      this.type(3);
    });
  }

  private assignment(depth: number): void {
    this.name();
    this.maybe(() => this.put(".", "field"));
    this.put("=");
    this.expression(depth);
  }

  private call(depth: number): void {
    this.put(";");
    if (this.random.chance(0.2)) {
      this.put("(");
      this.expression(depth);
      this.put(")");
    } else this.name();
    this.maybe(() => this.put(this.random.pick([".", ":"]) === "." ? ".f" : ":m"));
    this.arguments(depth);
  }

  private arguments(depth: number): void {
    if (this.random.chance(0.2)) return this.put(this.random.pick(strings));
    this.put("(");
    this.maybe(() => this.many(() => this.expression(depth)));
    this.put(")");
  }

  private functionBody(depth: number): void {
    this.annotation(() => this.generics());
    this.put("(");
    const dots = this.random.chance(0.3);
    const some = this.random.chance(0.6);
    if (some) this.many(() => this.typedName());
    if (dots) {
      if (some) this.put(",");
      this.put("...");
      this.annotation(() => {
        this.put(":");
        this.type(2);
      });
    }
    this.put(")");
    this.annotation(() => {
      this.put(":");
      if (this.random.chance(0.3)) this.many(() => this.type(2));
      else this.type(3);
    });
    this.block(depth);
    this.put("end");
  }

  private alias(): void {
    this.annotation(() => {
      this.put(this.random.pick(["type", "export type"]));
      this.name();
      this.maybe(() => this.generics());
      this.put("=");
      this.type(4);
    });
    // What comes next may begin with a parenthesis.
    this.put(";");
  }

  // Expressions

  private expression(depth: number): void {
    this.maybe(() => this.put(this.random.pick(["not", "- ", "#", "~"])));
    this.operand(depth);
    const operators = this.casts() ? afterCast : binaries;
    if (depth > 0 && this.random.chance(0.3)) {
      this.put(this.random.pick(operators));
      this.expression(depth - 1);
    }
  }

  private casts(): boolean {
    const before = this.typed.length;
    this.annotation(() => {
      const isWord = this.random.chance(0.5);
      this.put(isWord ? "as" : "::");
      // In a program that has an `as`, a cast to what could be an argument of it is a call.
      if (isWord) this.name();
      else this.type(2);
    });
    return this.typed.length > before;
  }

  private operand(depth: number): void {
    const kinds: (() => void)[] = [
      () => this.name(),
      () => this.put(this.random.pick(numbers)),
      () => this.put(this.random.pick(strings)),
      () => this.put(this.random.pick(["nil", "true", "false"])),
    ];
    if (depth > 0) {
      kinds.push(
        () => this.table(depth - 1),
        () => {
          this.put("function");
          this.functionBody(depth - 1);
        },
        () => {
          this.name();
          this.maybe(() => this.put("[", "1", "]"));
          this.maybe(() => this.put(":", "m"));
          this.arguments(depth - 1);
        },
        () => {
          this.put("(");
          this.expression(depth - 1);
          this.put(")");
        },
      );
    }
    this.random.pick(kinds)();
  }

  private table(depth: number): void {
    this.put("{");
    const field = (): void => {
      const kind = this.random.below(4);
      if (kind === 0) {
        this.name();
        this.put("=");
      } else if (kind === 1) {
        this.put("[");
        this.expression(depth);
        this.put("]", "=");
      }
      this.expression(depth);
    };
    this.maybe(() => this.many(field, 3, this.random.pick([",", ";"])));
    this.maybe(() => this.plain.trimEnd().endsWith("{") || this.put(","));
    this.put("}");
  }

  // Types

  private generics(): void {
    this.put("<");
    this.many(() => {
      this.put("T");
      this.maybe(() => {
        this.put(":");
        this.type(1);
      });
    });
    this.put(">");
  }

  private type(depth: number): void {
    this.many(() => this.simpleType(depth), 2, this.random.pick(["|", "&"]));
  }

  private simpleType(depth: number): void {
    const one = (): void => this.type(depth - 1);
    const kinds: (() => void)[] = [
      () => this.put(this.random.pick(["string", "number", "any", "nil", "T", "m.T", "true", '"a"', "self"])),
    ];
    if (depth > 0) {
      kinds.push(
        () => {
          this.put("Map<");
          this.many(one, 2);
          this.put(">");
        },
        () => {
          this.put("{");
          this.many(() => {
            this.put(this.random.pick(["x:", "y?:", "[string]:", "read z:", ""]));
            one();
          });
          this.put("}");
        },
        () => {
          this.put("(");
          this.maybe(() => this.many(one));
          this.put(")", "->");
          one();
        },
        () => {
          this.put("(");
          one();
          this.put(")");
        },
      );
    }
    this.random.pick(kinds)();
    this.maybe(() => this.put(this.random.pick(["?", "[]"])));
  }
}
