/** The text of a regular expression -> its terms. JavaScript itself judges the syntax and each single character; matching is in pattern.ts. */

const maxPatternLength = 2000;
const maxRepetition = 1000;
const maxNesting = 100;

export type Takes = (character: string) => boolean;
/** Between two characters; undefined before the first and after the last. */
export type Holds = (before: string | undefined, after: string | undefined) => boolean;

export type Term =
  | { readonly kind: "take"; readonly takes: Takes }
  | { readonly kind: "assert"; readonly holds: Holds }
  | { readonly kind: "sequence" | "either"; readonly terms: readonly Term[] }
  | { readonly kind: "repeat"; readonly term: Term; readonly min: number; readonly max: number };

/** Why a schema cannot use a pattern: words that follow "pattern ...". */
export class PatternProblem extends Error {}

/** Throws PatternProblem. */
export function parsePattern(source: string): Term {
  if (source.length > maxPatternLength) throw new PatternProblem(`is longer than ${maxPatternLength} characters`);
  if (!isRegExp(source)) throw new PatternProblem("is no regular expression");
  return new Parser(source).parse();
}

/** As a whole, without running it. */
export function isRegExp(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}

const isWord = (character: string | undefined): boolean => character !== undefined && /^\w$/.test(character);

const assertions: Readonly<Record<string, Holds>> = {
  "^": (before) => before === undefined,
  $: (_before, after) => after === undefined,
  "\\b": (before, after) => isWord(before) !== isWord(after),
  "\\B": (before, after) => isWord(before) === isWord(after),
};

/** An escape that stands for one character, or for a set of them. */
const escaped =
  /\\(?:u\{[0-9A-Fa-f]+\}|u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[pP]\{[^}]*\}|.)/suy;
const set = /\[(?:\\.|[^\]\\])*\]/suy;
const quantifier = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;
const group = /\(\?(?::|<[^=!][^>]*>)/y;

/** The syntax has been judged, so that only extents have to be found. */
class Parser {
  private at = 0;
  private nesting = 0;

  constructor(private readonly source: string) {}

  parse(): Term {
    const terms: Term[] = [this.sequence()];
    while (this.source[this.at] === "|") {
      this.at++;
      terms.push(this.sequence());
    }
    return terms.length === 1 ? terms[0]! : { kind: "either", terms };
  }

  private sequence(): Term {
    const terms: Term[] = [];
    while (this.at < this.source.length && !"|)".includes(this.source[this.at]!))
      terms.push(this.repeated(this.term()));
    return { kind: "sequence", terms };
  }

  private term(): Term {
    const { source, at } = this;
    const assertion = assertions[source[at]!] ?? assertions[source.slice(at, at + 2)];
    if (assertion !== undefined) {
      this.at += source[at] === "\\" ? 2 : 1;
      return { kind: "assert", holds: assertion };
    }
    if (source[at] === "(") return this.group();
    if (/^\\[1-9k]/.test(source.slice(at, at + 2))) throw new PatternProblem("refers back, which is not supported");
    const text = this.read(source[at] === "[" ? set : escaped) ?? String.fromCodePoint(source.codePointAt(at)!);
    if (this.at === at) this.at += text.length;
    return { kind: "take", takes: isPlain(text) ? (character) => character === text : takesOf(text) };
  }

  private group(): Term {
    if (this.source[this.at + 1] !== "?") this.at++;
    else if (this.read(group) === undefined)
      throw new PatternProblem("looks around or sets flags, which is not supported");
    if (++this.nesting > maxNesting) throw new PatternProblem(`has groups deeper than ${maxNesting}`);
    const term = this.parse();
    this.nesting--;
    this.at++;
    return term;
  }

  private repeated(term: Term): Term {
    quantifier.lastIndex = this.at;
    const match = quantifier.exec(this.source);
    if (match === null) return term;
    this.at = quantifier.lastIndex;
    const [, sign, least, comma, most] = match;
    const min = sign === undefined ? Number(least) : sign === "+" ? 1 : 0;
    const max =
      sign === "?"
        ? 1
        : sign !== undefined || (comma !== undefined && most === "")
          ? Number.POSITIVE_INFINITY
          : Number(most ?? least);
    if (min > maxRepetition || (Number.isFinite(max) && max > maxRepetition)) {
      throw new PatternProblem(`repeats more than ${maxRepetition} times`);
    }
    return { kind: "repeat", term, min, max };
  }

  private read(token: RegExp): string | undefined {
    token.lastIndex = this.at;
    const match = token.exec(this.source);
    if (match === null) return undefined;
    this.at = token.lastIndex;
    return match[0];
  }
}

function isPlain(text: string): boolean {
  return text !== "." && !/^[\\[]/.test(text);
}

/** JavaScript decides, one character at a time; what it said of ASCII is kept. */
function takesOf(text: string): Takes {
  const one = new RegExp(`^${text}$`, "u");
  const known: boolean[] = [];
  return (character) => {
    const code = character.charCodeAt(0);
    if (code >= 128) return one.test(character);
    known[code] ??= one.test(character);
    return known[code];
  };
}
