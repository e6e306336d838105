/** examples/supervision prints what its README says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { perdure, root } from "./command.js";

const example = join(root, "examples/supervision");

it("the supervision example shows a crash, the restart, and the tree before and after", async () => {
  const readme = readFileSync(join(example, "README.md"), "utf8");
  const printed = /```text\n([\s\S]*?)```/.exec(readme)![1]!;
  const { code, stdout, stderr } = await perdure(["run", example, "supervision:main"], { limitMs: 60_000 });
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: printed });
});
