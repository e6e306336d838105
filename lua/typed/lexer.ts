/** Lua text as tokens, by kind and position. What is no token of Lua is left to the engine to complain about. */

export const NAME = 256;
export const NUMBER = 257;
export const STRING = 258;
export const END = 259;
/** Where the text stops being Lua: an unfinished string, a character that no token begins with. */
export const BAD = 260;
export const DOTS = 261;
export const CONCAT = 262;
/** `::` */
export const COLONS = 263;
/** `==` `~=` `<=` `//` `<<`: binary operators of two characters. Those that begin with `>` are two tokens, for `Map<string, List<T>>`. */
export const PAIR = 264;

const FIRST_KEYWORD = 300;
const KEYWORDS = [
  ..."and break do else elseif end false for function goto if in local nil not or repeat return then true until".split(
    " ",
  ),
  "while",
] as const;

const keywords: ReadonlyMap<string, number> = new Map<string, number>(
  KEYWORDS.map((word, index) => [word, FIRST_KEYWORD + index]),
);

/** The kind of a keyword, or of an operator of one character. */
export function kindOf(text: string): number {
  return keywords.get(text) ?? text.charCodeAt(0);
}

export interface Tokens {
  readonly kinds: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isHex = (code: number): boolean => isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 102);
const isNameStart = (code: number): boolean => ((code | 32) >= 97 && (code | 32) <= 122) || code === 95;
const isNamePart = (code: number): boolean => isNameStart(code) || isDigit(code);
const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
const isLineEnd = (code: number): boolean => code === 10 || code === 13;

/** All tokens up to the end of the text or the first place that is not Lua; the last one is END or BAD. */
export function tokensOf(text: string): Tokens {
  const kinds: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = afterHeader(text);
  for (;;) {
    at = skipBlank(text, at);
    const start = at;
    let kind = END;
    if (start < text.length) {
      kind = text.charCodeAt(start);
      if (isNameStart(kind)) {
        do at++;
        while (isNamePart(text.charCodeAt(at)));
        kind = keywords.get(text.slice(start, at)) ?? NAME;
      } else {
        at = endOfOther(text, start, kind);
        kind = at < 0 ? BAD : kindOfOther(text, start, at, kind);
      }
    }
    kinds.push(kind);
    starts.push(start);
    ends.push(kind === BAD ? start + 1 : at);
    if (kind === END || kind === BAD) return { kinds, starts, ends };
  }
}

/** As the engine reads a source: past a byte order mark, and a first line that starts with #. */
function afterHeader(text: string): number {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  return text[start] === "#" ? lineEnd(text, start) : start;
}

function lineEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isLineEnd(text.charCodeAt(at))) at++;
  return at;
}

/** Past white space and comments; at the start of a comment that does not end. */
function skipBlank(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (isSpace(text.charCodeAt(at))) at++;
    if (text[at] !== "-" || text[at + 1] !== "-") return at;
    const long = longStart(text, at + 2);
    if (long === 0) at = lineEnd(text, at + 2);
    else {
      const end = longEnd(text, at + 2, long);
      if (end < 0) return at;
      at = end;
    }
  }
}

/** Length of `[[`, `[=[`, ... at `at`; 0 when there is none. */
function longStart(text: string, at: number): number {
  if (text[at] !== "[") return 0;
  let length = 1;
  while (text[at + length] === "=") length++;
  return text[at + length] === "[" ? length + 1 : 0;
}

function longEnd(text: string, at: number, opening: number): number {
  const closing = `]${"=".repeat(opening - 2)}]`;
  const found = text.indexOf(closing, at + opening);
  return found < 0 ? -1 : found + closing.length;
}

/** End of the token that is no name; -1 when there is no such token. */
function endOfOther(text: string, start: number, first: number): number {
  const next = text.charCodeAt(start + 1);
  switch (first) {
    case 34: // "
    case 39: // '
      return quotedEnd(text, start, first);
    case 45: // - : a comment that did not end is still here
      return next === 45 ? -1 : start + 1;
    case 46: // .
      if (isDigit(next)) return numberEnd(text, start);
      if (next !== 46) return start + 1;
      return text[start + 2] === "." ? start + 3 : start + 2;
    case 91: {
      // [
      const long = longStart(text, start);
      return long === 0 ? start + 1 : longEnd(text, start, long);
    }
    case 58: // :
    case 61: // =
    case 47: // /
      return next === first ? start + 2 : start + 1;
    case 60: // <
      return next === 60 || next === 61 ? start + 2 : start + 1;
    case 126: // ~
      return next === 61 ? start + 2 : start + 1;
    default:
      if (isDigit(first)) return numberEnd(text, start);
      return first > 32 && first < 127 ? start + 1 : -1;
  }
}

function kindOfOther(text: string, start: number, end: number, first: number): number {
  if (first === 34 || first === 39 || (first === 91 && end - start > 1)) return STRING;
  if (isDigit(first)) return NUMBER;
  if (end - start === 1) return first;
  if (first === 46) return isDigit(text.charCodeAt(start + 1)) ? NUMBER : end - start === 3 ? DOTS : CONCAT;
  return first === 58 ? COLONS : PAIR;
}

/** As Lua reads a numeral: what comes out is looked at later, by the engine. */
function numberEnd(text: string, start: number): number {
  const isHexadecimal = text[start] === "0" && (text.charCodeAt(start + 1) | 32) === 120;
  const exponent = isHexadecimal ? 112 : 101;
  let at = isHexadecimal ? start + 2 : start;
  for (;;) {
    const code = text.charCodeAt(at);
    if ((code | 32) === exponent) {
      at++;
      if (text[at] === "+" || text[at] === "-") at++;
    } else if (isHex(code) || code === 46) at++;
    else return at;
  }
}

/** -1 when the line ends before the string does. */
function quotedEnd(text: string, start: number, quote: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (isLineEnd(code)) return -1;
    at = code === 92 ? afterEscape(text, at + 1) : at + 1;
  }
  return -1;
}

/** `at` is past the backslash. */
function afterEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 122) {
    // \z
    let end = at + 1;
    while (isSpace(text.charCodeAt(end))) end++;
    return end;
  }
  const next = text.charCodeAt(at + 1);
  return isLineEnd(code) && isLineEnd(next) && next !== code ? at + 2 : at + 1;
}
