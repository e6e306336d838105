/** YAML text -> plain values whose every part can be traced back to its line and column. Knows no entries. */

import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import type { Problem, Report } from "./errors.js";
import type { FoundFile } from "./locate.js";

/** Steps from the top of a document: map keys and list indexes. */
export type Path = readonly (string | number)[];

/** `worker_options.identity`, `input[0].id`. */
export function pathText(path: Path): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface YamlFile extends FoundFile {
  readonly value: unknown;
  /**
   * Where the value (or the key) at a path stands.
   * For what is not in the file, the nearest enclosing value that is.
   */
  position(path: Path, part?: "key" | "value"): Position;
  /** How many lines of the file come before the first line of the text at `path`. */
  linesBefore(path: Path): number;
}

/** Undefined when the text is no YAML; the report then says where. */
export function parseYaml(file: FoundFile, text: string, report: Report): YamlFile | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file: file.shown, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  // What follows the first syntax error is mostly its echo; keys that are there twice are mistakes of their own.
  const first = document.errors.find((error) => error.code !== "DUPLICATE_KEY");
  const mistakes = document.errors.filter((error) => error === first || error.code === "DUPLICATE_KEY");
  const problems: Problem[] = mistakes.map((error) => ({
    ...at(error.pos[0]),
    message: `YAML syntax: ${error.message}`,
  }));
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return;
      const message = `YAML alias *${node.source} has no anchor &${node.source} before it`;
      problems.push({ ...at(node.range?.[0] ?? 0), message });
    },
  });
  for (const warning of document.warnings) {
    report.warnings.push({ ...at(warning.pos[0]), message: `YAML: ${warning.message}` });
  }
  report.problems.push(...problems);
  if (problems.length > 0) return undefined;
  const value = toPlainValue(document, at, report);
  if (value === undefined) return undefined;
  const position = (path: Path, part?: "key" | "value") => at(offsetOf(document, path, part ?? "value"));
  const linesBefore = (path: Path) => position(path).line - (isBlockText(document, path) ? 0 : 1);
  return { ...file, value, position, linesBefore };
}

/** `null` for an empty document; undefined when aliases blow it up beyond reason. */
function toPlainValue(document: Document, at: (offset: number) => Position, report: Report): unknown {
  try {
    return document.toJS() ?? null;
  } catch (error) {
    const message = `YAML: ${error instanceof Error ? error.message : String(error)}`;
    report.problems.push({ ...at(0), message });
    return undefined;
  }
}

function offsetOf(document: Document, path: Path, part: "key" | "value"): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const inner = unalias(document, node);
    const last = index === path.length - 1;
    if (isMap(inner)) {
      const pair = inner.items.find((item) => keyText(item) === String(step));
      if (pair === undefined) return offset;
      const key = pair.key as Node | null;
      node = pair.value as Node | null;
      const wanted = last && part === "key" ? key : (node ?? key);
      offset = wanted?.range?.[0] ?? offset;
    } else if (isSeq(inner)) {
      node = (inner.items[Number(step)] as Node | null | undefined) ?? null;
      offset = node?.range?.[0] ?? offset;
    }
    if (node === null) return offset;
  }
  return offset;
}

function isBlockText(document: Document, path: Path): boolean {
  const node = document.getIn(path, true);
  const inner = isPair(node) ? null : unalias(document, (node as Node | undefined) ?? null);
  return isScalar(inner) && (inner.type === "BLOCK_LITERAL" || inner.type === "BLOCK_FOLDED");
}

function unalias(document: Document, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}
