/** The workloads in comedy: actors as objects with a method for each topic; `sendAndReceive` is its request and reply. */
import createSystem from "comedy";
import { main, rate, seconds, verify } from "./peer.mjs";

async function pingPong(count) {
  const system = createSystem({ test: true, config: {} });
  const root = await system.rootActor();
  const echo = await root.createChild({ echo: (value) => value });
  const taken = await seconds(async () => {
    let got = 0;
    for (let left = count; left > 0; left--) {
      verify("reply", await echo.sendAndReceive("echo", left), left);
      got++;
    }
    verify("round trips", got, count);
  });
  await system.destroy();
  return taken;
}

await main({ W1: async (count) => [await rate(count, "round trips/s", pingPong)] });
