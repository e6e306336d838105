/** `perdure bench`: the benchmarks of this package, in a process of their own. What they ask and take is theirs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { exitCode } from "./output.js";

const benchmarks = fileURLToPath(new URL("../benchmarks/main.js", import.meta.url));

export function addBenchCommand(program: Command): void {
  program
    .command("bench")
    .description(
      "measure messages, spawns and deaths per second on this machine; `perdure bench --help` has the options",
    )
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument("[options...]", "handed on as they are")
    .action(async (options: readonly string[]) => {
      process.exitCode = await bench(options);
    });
}

/** What it prints goes past us. */
async function bench(options: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [benchmarks, ...options], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? exitCode.failed;
}
