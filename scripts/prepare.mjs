/**
 * What `npm start` and `npm test` do first: packages installed, dist/ built. Quick when nothing changed.
 *
 * `--with-services` also obtains the programs of the servers that tests need. One that cannot be had is reported here and fails
 * the tests that need it, so that all other tests still run.
 */
import "./lib/node-version.mjs";
import { buildForRunning } from "./lib/build.mjs";
import { installPackages } from "./lib/install.mjs";
import { main, Stop, say } from "./lib/run.mjs";
import { parseNames, services, usual } from "./lib/services.mjs";

await main(async () => {
  await installPackages();
  await buildForRunning();
  if (process.argv.includes("--with-services")) await obtainServers();
});

async function obtainServers() {
  const skipped = parseNames(process.env.PERDURE_SKIP, "PERDURE_SKIP");
  for (const name of usual.filter((each) => !skipped.includes(each))) {
    const { addressVariable, obtain } = services[name];
    if (process.env[addressVariable]) continue;
    try {
      await obtain();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      say(`tests that need ${name} will fail. ${error.message}`);
    }
  }
}
