/**
 * What `npm start` and `npm test` do first: packages installed, dist/ built. Quick when nothing changed.
 *
 * `--with-services` also obtains the programs of the servers that tests need, and of the oracles they compare with. One that cannot
 * be had is reported here and fails the tests that need it, so that all other tests still run.
 */
import "./lib/node-version.mjs";
import { buildForRunning } from "./lib/build.mjs";
import { installPackages } from "./lib/install.mjs";
import { oracles } from "./lib/oracles.mjs";
import { main, Stop, say } from "./lib/run.mjs";
import { services, skippedInTests, usual } from "./lib/services.mjs";

await main(async () => {
  await installPackages();
  await buildForRunning();
  if (process.argv.includes("--with-services")) await obtainPrograms();
});

async function obtainPrograms() {
  const skipped = skippedInTests();
  const servers = usual.map((name) => [name, services[name]]).filter(([, each]) => !process.env[each.addressVariable]);
  for (const [name, { obtain }] of [...servers, ...Object.entries(oracles)]) {
    if (skipped.includes(name)) continue;
    try {
      await obtain();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      say(`tests that need ${name} will fail. ${error.message}`);
    }
  }
}
