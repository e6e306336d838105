/** Reads the Lua text of entries. Does not compile or hash it. */

import { readFile, realpath } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { type Draft, problemAt } from "./drafts.js";
import { type Report, systemReason } from "./errors.js";

export interface SourceText {
  readonly source: string;
  readonly sourceName: string;
  readonly lineOffset: number;
}

const scheme = "file://";

/** Undefined when there is none to read; the report says why, unless the schema does. */
export async function readSource(draft: Draft, root: string, report: Report): Promise<SourceText | undefined> {
  const { source } = draft.value;
  if (typeof source !== "string") return undefined;
  if (!source.startsWith(scheme)) {
    const lineOffset = draft.file.linesBefore([...draft.path, "source"]);
    return { source, sourceName: `${draft.file.relative}:${draft.id}`, lineOffset };
  }
  const written = source.slice(scheme.length);
  const fail = (why: string) => {
    report.problems.push(problemAt(draft, ["source"], `"source" names the file ${written}, but ${why}`));
    return undefined;
  };
  if (written === "") return fail("that is empty; write file://name.lua, relative to this YAML file");
  const path = resolve(dirname(draft.file.absolute), written);
  try {
    const outside = "it is outside the app directory; sources must be inside";
    if (!isInside(root, path)) return fail(outside);
    if (!isInside(await realpath(root), await realpath(path))) return fail(outside);
    const text = await readFile(path, "utf8");
    return { source: text, sourceName: relative(root, path).split(sep).join("/"), lineOffset: 0 };
  } catch (error) {
    return fail(`${systemReason(error)}; the path is relative to this YAML file`);
  }
}

function isInside(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}
