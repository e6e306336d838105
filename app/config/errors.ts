/** What is wrong with an app's configuration, and the one error that carries it. Does not decide what is wrong. */

export interface Problem {
  /** As the user can open it: the app directory as typed, then the path below it. Or the option of the command line, without a line. */
  readonly file: string;
  /** Counts from 1; 0 when the whole file or directory is meant. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Where problems (they end the load) and warnings (they do not) are gathered. */
export interface Report {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** Without a line, the file alone. */
export function formatPlace({ file, line, column }: Omit<Problem, "message">): string {
  return line === 0 ? file : `${file}:${line}:${column}`;
}

export function formatProblem(problem: Problem): string {
  return `${formatPlace(problem)}: ${problem.message}`;
}

/** Every problem of one load, in file order; the message has one line for each. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sorted = distinct([...problems].sort(byPlace));
    super(sorted.map(formatProblem).join("\n"));
    this.name = "ConfigError";
    this.problems = sorted;
    // The reader's mistake is in a YAML file: our own call stack would only hide the place.
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** The text of an operating-system error without the path and call it names, which the message around it has. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: Record<string, string> = {
    ENOENT: "it does not exist",
    EACCES: "no permission to read it",
    EPERM: "no permission to read it",
    EISDIR: "it is a directory",
    ENOTDIR: "a part of its path is a file",
    ELOOP: "its symbolic links form a loop",
  };
  return known[code] ?? (error instanceof Error ? error.message : String(error));
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function distinct(problems: Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const text = formatProblem(problem);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}
