/** An app whose one program calls functions of a Lua module and tells what they answered, in memory and on a journal (LMDB). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toPayload } from "../../mailbox/index.js";
import { type AppFiles, TestApp, valueIn } from "./app.js";

export const moduleHosts = ["t:memory", "t:durable"] as const;
export type ModuleHost = (typeof moduleHosts)[number];

const caller = `return function(name, calls)
  local module = require(name)
  local answers = {}
  for i, call in ipairs(calls) do
    local value, err = module[call[1]](table.unpack(call, 2))
    answers[i] = err and {kind = err:kind(), message = err:message(), retryable = err:retryable()} or {value = value}
  end
  return answers
end
`;

/** A refusal as the tests write it down. */
export const refusal = (kind: string, message: unknown, retryable = false) => ({ kind, message, retryable });

export class ModuleApp {
  readonly app: TestApp;
  /** What the paths of the app's entries are relative to. */
  readonly dir: string;

  private constructor(app: TestApp, dir: string) {
    this.app = app;
    this.dir = dir;
  }

  /** `entries` are further ones of namespace `t`. */
  static async boot(module: string, entries: string, files: AppFiles = {}): Promise<ModuleApp> {
    const dir = await mkdtemp(join(tmpdir(), "perdure-module-"));
    const yaml = `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: durable, kind: process.host, journal: {driver: lmdb, path: durable.mdb}}
  - {name: caller, kind: process.lua, source: "file://caller.lua", modules: [${module}]}
${entries}`;
    const written = { "_index.yaml": yaml, "caller.lua": caller, ...files };
    return new ModuleApp(await TestApp.boot(written, (config) => ({ ...config, dir })), dir);
  }

  /** What each call answers: `{ value }` or `{ kind, message, retryable }`. A call is the name of a function and its arguments. */
  async call(module: string, host: ModuleHost, ...calls: readonly (readonly unknown[])[]): Promise<unknown> {
    return valueIn(await this.app.client.exec("t:caller", host, [module, toPayload(calls)]));
  }

  async stop(): Promise<void> {
    await this.app.stop();
    await rm(this.dir, { recursive: true });
  }
}
