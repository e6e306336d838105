/** Random expressions over numbers and strings whose values both number models can show: no integer leaves 53 bits. */
import type { Random } from "../../support/random.js";

interface Expression {
  readonly text: string;
}

interface NumberExpression extends Expression {
  /** Its magnitude is below 2^bits. */
  readonly bits: number;
  readonly isNatural: boolean;
  /** An integer in lua5.3, so that it prints alike. */
  readonly isInteger: boolean;
}

const maxBits = 52;
const texts = [
  "",
  "a",
  "hello world",
  "10",
  "0x1F",
  " 5 ",
  "1e2",
  "abc",
  "ABC",
  "a,b;c",
  "é",
  "x\\0y",
  "\\xff\\x80",
  "3.5",
  "%d",
  "(a)[b]",
];
const patterns = [
  "a",
  "l+",
  "%w+",
  "%d",
  "[^,]",
  ".",
  ".-o",
  "^h",
  "%s*",
  "(%w)(%w)",
  "b-",
  "[a-f]+",
  "%f[%w]%w",
  "o$",
  "()",
  "%u?",
];
const replacements = ["", "x", "<%0>", "%%", "--"];
const formats = ["%5d", "%d", "%x", "%05d", "%+d", "%o"];
const floatFormats = ["%.3f", "%.10g", "%e", "%8.2f", "%g"];

export class ExpressionGenerator {
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  any(depth: number): Expression {
    const kind = this.random.below(10);
    if (kind < 5) return this.number(depth);
    if (kind < 8) return this.text(depth);
    return this.truth(depth);
  }

  private number(depth: number): NumberExpression {
    if (depth === 0) return this.literal();
    const kind = this.random.below(12);
    if (kind < 5) return this.arithmetic(depth);
    if (kind < 7) return this.bitwise(depth);
    if (kind === 7) return this.division(depth);
    if (kind === 8) return this.mathCall(depth);
    if (kind === 9) return this.measured(depth);
    return this.literal();
  }

  private literal(): NumberExpression {
    const bits = this.random.pick([1, 3, 8, 16, 30, 31, 32, 33, 40, 50]);
    const n = Math.floor(this.random.next() * 2 ** bits);
    if (this.random.chance(0.15)) {
      return { text: `${(n % 1000) / this.random.pick([2, 4, 8])}`, bits: 10, isNatural: true, isInteger: false };
    }
    const text = this.random.chance(0.2) ? `0x${n.toString(16)}` : String(n);
    if (this.random.chance(0.3)) return { text: `(-${text})`, bits, isNatural: false, isInteger: true };
    return { text, bits, isNatural: true, isInteger: true };
  }

  private arithmetic(depth: number): NumberExpression {
    const a = this.number(depth - 1);
    const b = this.number(depth - 1);
    const isInteger = a.isInteger && b.isInteger;
    const op = this.random.pick(["+", "-", "*", "//", "%"]);
    const text = `(${a.text} ${op} ${b.text})`;
    const larger = Math.max(a.bits, b.bits);
    switch (op) {
      case "+":
        return this.within({ text, bits: larger + 1, isNatural: a.isNatural && b.isNatural, isInteger }, a);
      case "-":
        return this.within({ text, bits: larger + 1, isNatural: false, isInteger }, a);
      case "*":
        return this.within({ text, bits: a.bits + b.bits, isNatural: a.isNatural && b.isNatural, isInteger }, a);
      default:
        // Fractions can make a quotient as large as they are small.
        if (!isInteger) return a;
        return { text, bits: larger + 1, isNatural: a.isNatural && b.isNatural, isInteger };
    }
  }

  private bitwise(depth: number): NumberExpression {
    const a = this.number(depth - 1);
    const b = this.number(depth - 1);
    if (!a.isInteger || !b.isInteger) return a;
    const isNatural = a.isNatural && b.isNatural;
    const op = this.random.pick(["&", "|", "~", "<<", ">>", "not"]);
    const by = this.random.below(20);
    if (op === "not") return { text: `(~${a.text})`, bits: a.bits + 1, isNatural: false, isInteger: true };
    if (op === "<<") {
      const shifted = { text: `(${a.text} << ${by})`, bits: a.bits + by, isNatural: a.isNatural, isInteger: true };
      return this.within(shifted, a);
    }
    if (op === ">>") {
      // A negative number becomes one of 64 - by bits.
      const far = a.isNatural ? by : by + 12;
      return { text: `(${a.text} >> ${far})`, bits: a.isNatural ? a.bits : 64 - far, isNatural: true, isInteger: true };
    }
    return { text: `(${a.text} ${op} ${b.text})`, bits: Math.max(a.bits, b.bits) + 1, isNatural, isInteger: true };
  }

  private division(depth: number): NumberExpression {
    const a = this.number(depth - 1);
    const by = this.random.pick([2, 4, 3, 10, -8, 0.5]);
    return this.within({ text: `(${a.text} / ${by})`, bits: a.bits + 1, isNatural: false, isInteger: false }, a);
  }

  private mathCall(depth: number): NumberExpression {
    const a = this.number(depth - 1);
    const b = this.number(depth - 1);
    const kind = this.random.below(4);
    if (kind === 0) return { ...a, text: `math.abs(${a.text})`, isNatural: true };
    if (kind === 1) return { ...a, text: `math.floor(${a.text})`, bits: a.bits + 1, isInteger: true };
    const both = { bits: Math.max(a.bits, b.bits), isNatural: a.isNatural && b.isNatural };
    const name = kind === 2 ? "max" : "min";
    return { ...both, text: `math.${name}(${a.text}, ${b.text})`, isInteger: a.isInteger && b.isInteger };
  }

  private measured(depth: number): NumberExpression {
    const s = this.text(depth - 1);
    const text = this.random.pick([
      `#${s.text}`,
      `(${s.text}):len()`,
      `((${s.text}):byte(${this.small()}) or 0)`,
      `((${s.text}):find(${this.quoted(patterns)}) or 0)`,
      `select(2, (${s.text}):gsub(${this.quoted(patterns)}, ${this.quoted(replacements)}))`,
    ]);
    return { text, bits: 20, isNatural: true, isInteger: true };
  }

  /** The expression, or a smaller one when it may leave the range. */
  private within(expression: NumberExpression, smaller: NumberExpression): NumberExpression {
    return expression.bits <= maxBits ? expression : smaller;
  }

  private text(depth: number): Expression {
    if (depth === 0) return { text: this.quoted(texts) };
    const s = this.text(depth - 1);
    const n = this.number(depth - 1);
    const choices = [
      () => `(${s.text}):sub(${this.small()}, ${this.small()})`,
      () => `(${s.text}):${this.random.pick(["upper", "lower", "reverse"])}()`,
      () => `(${s.text}):rep(${this.random.below(4)}, ${this.quoted(["", ",", "ab"])})`,
      () => `(${s.text} .. ${this.text(depth - 1).text})`,
      () => `((${s.text}):gsub(${this.quoted(patterns)}, ${this.quoted(replacements)}))`,
      () => `((${s.text}):match(${this.quoted(patterns)}) or "none")`,
      () => `("%s|%-6s|%q"):format(${s.text}, ${this.quoted(["a", "bcd"])}, ${s.text})`,
      // A sum with 0.0 is never the negative zero.
      () => (n.isInteger ? `(${n.text} .. "")` : `("%.14g"):format(${n.text} + 0.0)`),
      () =>
        n.isInteger
          ? `("${this.random.pick(formats)}"):format(${n.text})`
          : `("${this.random.pick(floatFormats)}"):format(${n.text} + 0.0)`,
      () => `tostring(${this.truth(depth - 1).text})`,
      () => `string.char(${n.isInteger ? n.text : "65"} % 256)`,
    ];
    return { text: this.random.pick(choices)() };
  }

  private truth(depth: number): Expression {
    const below = Math.max(0, depth - 1);
    const op = this.random.pick(["<", "<=", ">", ">=", "==", "~="]);
    const pair = (): readonly [Expression, Expression] =>
      this.random.chance(0.5) ? [this.number(below), this.number(below)] : [this.text(below), this.text(below)];
    const [a, b] = pair();
    const comparison = `(${a.text} ${op} ${b.text})`;
    if (this.random.chance(0.7)) return { text: comparison };
    return { text: `(${comparison} ${this.random.pick(["and", "or"])} not ${this.truth(below).text})` };
  }

  private small(): string {
    return String(this.random.below(9) - 3);
  }

  private quoted(choices: readonly string[]): string {
    return `"${this.random.pick(choices)}"`;
  }
}
