/** Running one of the project's scripts as a user would, in an environment of the test's choice. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface ScriptResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Run scripts/<name> and wait for its end. Settings of the surrounding test run (servers, PERDURE_*) are removed first;
 * in `env`, undefined removes a variable.
 */
export function runScript(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ScriptResult> {
  const script = fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));
  const inherited = Object.entries(process.env).filter(([key]) => !/^(PERDURE_|TEMPORAL_|REDIS_|VITEST)/.test(key));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { env: { ...Object.fromEntries(inherited), ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
