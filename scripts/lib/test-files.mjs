/** Which servers a selection of test files needs, read from what the files import. Runs nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { root } from "./paths.mjs";

/**
 * Whether a test file that vitest would pick for `filters` reaches test/support/<server>.ts through relative imports.
 * Anything but plain file filters (an option, say) may select every file, so all count then.
 */
export function selectionNeeds(server, filters) {
  const plain = filters.every((filter) => !filter.startsWith("-"));
  const support = join(root, "test/support", `${server}.ts`);
  return testFiles(join(root, "test"))
    .filter((file) => !plain || filters.length === 0 || filters.some((filter) => relative(root, file).includes(filter)))
    .some((file) => reaches(file, support, new Set()));
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function reaches(file, target, seen) {
  if (file === target) return true;
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const imports = readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*["'](\.{1,2}\/[^"']+)\.js["']/g);
  return [...imports].some(([, path]) => reaches(resolve(dirname(file), `${path}.ts`), target, seen));
}
