/** The servers and folders of a run of benchmarks: started for it, seen by nobody else, gone with it. */
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

export type Fsync = "everysec" | "always";

export interface BenchRedis {
  readonly url: string;
  readonly port: number;
}

interface Daemon {
  readonly pid: number;
  readonly address: string;
}

/** What is used of scripts/lib, which has no types. */
interface RedisScript {
  obtainRedis(): Promise<string>;
  start(program: string, options: { folder: string; port: number; persistent: boolean }): Promise<Daemon>;
}
interface DaemonScript {
  stopDaemon(record: Daemon): Promise<boolean>;
}

/** Run with an empty folder that is removed afterwards. */
export async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "perdure-bench-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    return await run(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** Run with an empty Redis that writes to an append-only file. */
export function withRedis<T>(fsync: Fsync, run: (redis: BenchRedis) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const { obtainRedis, start } = (await import(script("redis"))) as RedisScript;
    const { stopDaemon } = (await import(script("daemon"))) as DaemonScript;
    const server = await start(await obtainRedis(), { folder, port: 0, persistent: true });
    const stop = (): void => void process.kill(server.pid, "SIGKILL");
    const interrupted = (): void => process.exit(130);
    process.once("exit", stop);
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    try {
      const client = new Redis(server.address);
      await client.config("SET", "appendfsync", fsync);
      await client.quit();
      return await run({ url: server.address, port: Number(new URL(server.address).port) });
    } finally {
      process.off("exit", stop);
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
      await stopDaemon(server);
    }
  });
}

/** From dist/benchmarks, where this file is compiled to. */
function script(name: string): string {
  return new URL(`../../scripts/lib/${name}.mjs`, import.meta.url).href;
}
