/** Where a text stops being JSON: only run over texts that JSON.parse has refused. */

const token =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)))/y;

type Expected = "a value" | "a value or ]" | "a key" | "a key or }" | ":" | ", or ]" | ", or }" | "the end";

/** Such as `line 2, column 7: expected a value, got "x"`. */
export function jsonProblem(text: string): string {
  const open: string[] = [];
  let expected: Expected = "a value";
  let at = 0;
  while (true) {
    token.lastIndex = at;
    const match = token.exec(text);
    const next: Expected | undefined = match === null ? undefined : step(expected, match, open);
    if (next === undefined) return describe(text, at + /^[ \t\n\r]*/.exec(text.slice(at))![0].length, expected);
    expected = next;
    at += match![0].length;
  }
}

/** What may follow the token, or undefined when the token may not be here. */
function step(expected: Expected, match: RegExpExecArray, open: string[]): Expected | undefined {
  const [, mark, string] = match;
  switch (expected) {
    case ":":
      return mark === ":" ? "a value" : undefined;
    case "a key or }":
    case "a key":
      if (mark === "}" && expected === "a key or }") return close(open);
      return string === undefined ? undefined : ":";
    case ", or ]":
      return mark === "," ? "a value" : mark === "]" ? close(open) : undefined;
    case ", or }":
      return mark === "," ? "a key" : mark === "}" ? close(open) : undefined;
    case "the end":
      return undefined;
    default:
      return value(mark, expected === "a value or ]", open);
  }
}

function value(mark: string | undefined, mayClose: boolean, open: string[]): Expected | undefined {
  if (mark === undefined) return after(open);
  if (mark === "]" && mayClose) return close(open);
  if (mark !== "{" && mark !== "[") return undefined;
  open.push(mark);
  return mark === "{" ? "a key or }" : "a value or ]";
}

function close(open: string[]): Expected {
  open.pop();
  return after(open);
}

function after(open: readonly string[]): Expected {
  const inner = open.at(-1);
  return inner === undefined ? "the end" : inner === "{" ? ", or }" : ", or ]";
}

function describe(text: string, at: number, expected: Expected): string {
  const before = text.slice(0, at).split("\n");
  const got = at >= text.length ? "the end" : JSON.stringify(String.fromCodePoint(text.codePointAt(at)!));
  return `line ${before.length}, column ${before.at(-1)!.length + 1}: expected ${expected}, got ${got}`;
}
