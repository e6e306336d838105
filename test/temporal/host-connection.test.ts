/** A server that cannot be reached, or no longer: told clearly and in time, never a hang. */
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { SystemEvents } from "../../actors/index.js";
import { openTemporalClient } from "../../durability/temporal/index.js";
import { describeTemporal, temporalAddress } from "../support/temporal.js";
import { envelope, openTestNode, stubWorld, testSystem } from "../support/temporal-host.js";

const opened: { close(): void }[] = [];

afterEach(() => {
  for (const thing of opened.splice(0)) thing.close();
});

async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

/** A way to the real server that can be cut. */
class Wire {
  port = 0;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  async open(): Promise<void> {
    const { connect } = await import("node:net");
    const [host, port] = temporalAddress().split(":");
    this.server = createServer((near) => {
      const far = connect(Number(port), host);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
    this.port = await listen(this.server, this.port);
  }

  close(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

async function openAt(address: string, connectionTimeoutMs: number, temporalNamespace = "default") {
  const system = testSystem();
  const health: SystemEvents["health"][0][] = [];
  system.events.on("health", (event) => health.push(event));
  const before = performance.now();
  const client = { id: "test:temporal", address, temporalNamespace, connectionTimeoutMs };
  const result = await openTemporalClient({ client, system, world: stubWorld("unused") });
  return { result, health, ms: performance.now() - before };
}

it("says at once that nothing listens at the address", async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  const { result, health, ms } = await openAt(`127.0.0.1:${port}`, 5_000);
  expect(result).toMatchObject({
    kind: "UNAVAILABLE",
    retryable: true,
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  // The one who opened it has the failure; a health event would tell the same twice.
  expect(health).toEqual([]);
  expect(ms).toBeLessThan(3_000);
});

it("gives up on a server that accepts and then says nothing", async () => {
  const server = createServer((socket) => socket.on("error", () => socket.destroy()));
  const port = await listen(server);
  opened.push(server);
  const { result, ms } = await openAt(`127.0.0.1:${port}`, 1_500);
  expect(result).toMatchObject({ kind: "UNAVAILABLE", message: expect.stringContaining("no answer within 1500 ms") });
  expect(ms).toBeLessThan(2_500);
});

describeTemporal("a server that is lost", () => {
  it("names a namespace that does not exist", async () => {
    const { result } = await openAt(temporalAddress(), 5_000, "no-such-place");
    expect(result).toMatchObject({ kind: "NOT_FOUND", message: expect.stringContaining("no-such-place") });
  });

  it("answers UNAVAILABLE after the send deadline, and goes on when the server is back", {
    timeout: 60_000,
  }, async () => {
    const wire = new Wire();
    await wire.open();
    opened.push(wire);
    const node = await openTestNode({ address: `127.0.0.1:${wire.port}` });
    const health: string[] = [];
    node.system.events.on("health", ({ state }) => health.push(state));
    const watcher = node.processes.open();
    const { pid } = await node.start(watcher, { do: "listen" }, { monitorRef: 1 });
    wire.close();
    const before = performance.now();
    const [sent, monitored] = await Promise.all([
      node.send(watcher, pid, "lost"),
      node.host.deliver(envelope(watcher, pid, { kind: "monitor", ref: 2 })),
    ]);
    expect(sent).toMatchObject({ kind: "unreachable", error: { kind: "UNAVAILABLE", retryable: true } });
    expect(monitored).toMatchObject({ kind: "unreachable" });
    expect(performance.now() - before).toBeLessThan(15_000);
    expect(health).toContain("down");
    await wire.open();
    expect(await node.send(watcher, pid, "stop")).toEqual({ kind: "accepted" });
    expect(await watcher.gotExits(1)).toHaveLength(1);
    expect(health.at(-1)).toBe("up");
    await node.close();
  });
});
