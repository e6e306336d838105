/** A look at a journal on a Redis server without claiming it. Asks once: it does not wait for a server that is away. */
import { JournalError, type JournalReader, type StoredTexts } from "../journal.js";
import { type Link, openLink } from "./connection.js";
import { readMeta, readStates } from "./image.js";
import { fieldOf, type Keys, keysOf } from "./keys.js";
import { refusalOf } from "./refusal.js";
import { parseTarget, type RedisJournalOptions, type Target } from "./target.js";

export interface OpenRedisReader {
  /** As for the journal itself. */
  readonly url: string;
  readonly name: string;
  readonly options?: RedisJournalOptions;
}

/** Processes read in one round trip: few enough that commits of the owner hardly wait for it. */
const processesAtOnce = 100;

/** Connects. Rejects with a JournalError that names the journal and the address, also when the server has no such journal. */
export async function openRedisReader({ url, name, options = {} }: OpenRedisReader): Promise<JournalReader> {
  const target = parseTarget(url, options);
  const where = `journal ${JSON.stringify(name)} at ${target.address}`;
  const link = await asked(where, () => openLink(target, new AbortController().signal));
  const reader = new RedisReader(target, where, keysOf(name, target.keyPrefix), link);
  try {
    if ((await reader.owner()).epoch > 0) return reader;
    throw new JournalError("INVALID", `there is no ${where}: no node has used it yet, or it has another name`);
  } catch (error) {
    await reader.close();
    throw error;
  }
}

class RedisReader implements JournalReader {
  readonly driver = "redis";
  readonly address: string;
  readonly #where: string;
  readonly #keys: Keys;
  readonly #link: Link;

  constructor(target: Target, where: string, keys: Keys, link: Link) {
    this.address = target.address;
    this.#where = where;
    this.#keys = keys;
    this.#link = link;
  }

  owner(): Promise<{ readonly epoch: number; readonly head: number }> {
    return asked(this.#where, async () => {
      const { epoch, head } = await readMeta(this.#link, this.#keys);
      return { epoch: Number(epoch), head: Number(head) };
    });
  }

  states(): Promise<ReadonlyMap<string, string>> {
    return asked(this.#where, () => readStates(this.#link, this.#keys));
  }

  read(ids: readonly string[]): Promise<readonly (StoredTexts | undefined)[]> {
    return asked(this.#where, async () => {
      const found: (StoredTexts | undefined)[] = [];
      for (let at = 0; at < ids.length; at += processesAtOnce) {
        const some = ids.slice(at, at + processesAtOnce);
        found.push(...(await Promise.all(some.map((id) => this.#readProcess(fieldOf(id))))));
      }
      return found;
    });
  }

  /** State and records in one transaction, so that no commit comes between them. */
  async #readProcess(field: string): Promise<StoredTexts | undefined> {
    const answers = this.#link.sendAll([
      ["multi", []],
      ["hget", [this.#keys.states, field]],
      ["lrange", [this.#keys.records(field), "0", "-1"]],
      ["exec", []],
    ]);
    const [state, records] = (await Promise.all(answers))[3] as [string | null, string[]];
    return state === null ? undefined : { state, records };
  }

  readSource(hash: string): Promise<string | undefined> {
    return asked(this.#where, async () => {
      const text = await this.#link.send(["hget", [this.#keys.sources, hash]]);
      return typeof text === "string" ? text : undefined;
    });
  }

  close(): Promise<void> {
    this.#link.end();
    return Promise.resolve();
  }
}

async function asked<T>(where: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof JournalError) throw error;
    const refusal = refusalOf(error);
    throw new JournalError(refusal.final ? "INVALID" : "UNAVAILABLE", `${where}: ${refusal.detail}`);
  }
}
