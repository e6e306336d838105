/** What the tests of docs/guarantees.md share: an app whose processes can be compared after a fault, and a load of numbered messages. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Pid } from "../../mailbox/index.js";
import { type AppFiles, agentSource, TestApp, until } from "../support/app.js";

/** Notes every number with an id drawn at random, and passes both on: two processes that must never disagree. */
const relay = `local uuid = require("uuid")
return { main = function(next)
  local inbox, seen = process.inbox(), {}
  while true do
    local msg = inbox:receive()
    local topic, data = msg:topic(), msg:payload():data()
    if topic == "n" then
      local row = next and (math.tointeger(data) .. " " .. uuid.v4()) or data
      table.insert(seen, row)
      if next then process.send(next, "n", row) end
    elseif topic == "seen" then msg:reply(seen)
    elseif topic == "crash" then error("on purpose") end
  end
end }
`;

/** The agent as `t:agent` on `t:memory` and, kept by `journal`, as `t:agent` on `t:durable`; the relay as `t:relay`. */
export async function guaranteeApp(journal: string, more = ""): Promise<AppFiles> {
  const yaml = `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: durable, kind: process.host, journal: ${journal}}
  - {name: agent, kind: process.lua, source: "file://agent.lua", modules: [channel, process, time]}
  - {name: relay, kind: process.lua, source: "file://relay.lua", modules: [process, uuid]}
${more}`;
  return { "_index.yaml": yaml, "agent.lua": await agentSource(), "relay.lua": relay };
}

/** An app that notes what the journal says of itself. */
export class WatchedApp {
  readonly health: string[];
  readonly app: TestApp;

  private constructor(app: TestApp, health: string[]) {
    this.app = app;
    this.health = health;
  }

  static async boot(journal: string): Promise<WatchedApp> {
    const app = await TestApp.boot(await guaranteeApp(journal));
    const health: string[] = [];
    app.running.system.events.on("health", ({ id, state, detail }) => {
      if (id === "t:durable") health.push(detail === undefined ? state : `${state} ${detail}`);
    });
    return new WatchedApp(app, health);
  }

  /** Two relays, the second told everything by the first. */
  async pair(): Promise<readonly [first: Pid, second: Pid]> {
    const second = await this.app.spawn("t:relay", "t:durable");
    return [await this.app.spawn("t:relay", "t:durable", [second.text]), second];
  }

  async seen(pid: Pid): Promise<string[]> {
    const rows = await this.app.ask(pid, "seen");
    return Array.isArray(rows) ? rows.map(String) : [];
  }

  /** A process in memory that traps links and is bound to that one. */
  async watcherOf(pid: Pid): Promise<Pid> {
    const watcher = await this.app.spawn("t:agent", "t:memory", [{ trap: true }]);
    await this.app.ask(watcher, "link", pid.text);
    await this.app.ask(watcher, "monitor", pid.text);
    return watcher;
  }

  /** What a watcher has heard, as kind and error. */
  async heardBy(watcher: Pid): Promise<string[]> {
    const heard = (await this.app.ask(watcher, "heard")) as unknown as { kind: string; error?: { kind: string } }[];
    return heard.map(({ kind, error }) => `${kind} ${error?.kind}`).sort();
  }

  async said(word: RegExp): Promise<void> {
    await until(() => this.health.some((line) => word.test(line)));
  }
}

/** One sender of the numbers from 1 on, each sent once and answered before the next. */
export class Load {
  readonly acknowledged: number[] = [];
  private readonly app: TestApp;
  private readonly to: Pid;
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(app: TestApp, to: Pid) {
    this.app = app;
    this.to = to;
    this.running = this.run();
  }

  /** Until so many more are acknowledged. */
  async more(count: number): Promise<void> {
    const enough = this.acknowledged.length + count;
    await until(() => this.acknowledged.length >= enough);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    for (let number = 1; !this.stopped; number++) {
      const outcome = await this.app.tell(this.to, "n", number);
      if (outcome.ok) this.acknowledged.push(number);
      else await pause(20);
    }
  }
}

export function numbersOf(rows: readonly string[]): number[] {
  return rows.map((row) => Number(row.split(" ")[0]));
}

/** An address that can be another server's from one moment to the next, as after a failover. */
export class Address {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private target: number;

  private constructor(server: Server, target: number) {
    this.server = server;
    this.target = target;
  }

  static async of(port: number): Promise<Address> {
    const server = createServer((near) => address.take(near));
    const address = new Address(server, port);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return address;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on it is the address of that port; connections to the one before are cut. */
  lead(port: number): void {
    this.target = port;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }

  private take(near: Socket): void {
    const far = connect({ host: "127.0.0.1", port: this.target });
    this.sockets.add(near);
    const end = (): void => {
      this.sockets.delete(near);
      near.destroy();
      far.destroy();
    };
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
  }
}
