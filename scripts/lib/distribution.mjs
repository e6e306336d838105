/** Programs that come in a package of the distribution: found on PATH, or installed by apt-get when we are root. */
import { findProgram } from "./find-program.mjs";
import { runQuietly, Stop } from "./run.mjs";

/** The program `name`; as root on a distribution with apt-get its package is installed when it is missing. A Stop with `help` otherwise. */
export async function obtainFromDistribution(name, packageName, help) {
  const found = findDistributed(name);
  if (found !== undefined) return found;
  const apt = findProgram("apt-get");
  if (process.env.PERDURE_OFFLINE || apt === undefined || process.getuid?.() !== 0) throw new Stop(help);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "--no-install-recommends", packageName];
  try {
    await runQuietly("refreshing the package lists (apt-get update)", apt, ["update"], { env, limitMs: 300_000 });
    await runQuietly(`installing ${packageName} (apt-get)`, apt, install, { env, limitMs: 300_000 });
  } catch (error) {
    throw new Stop(`${help}\nTried: ${error.message}`);
  }
  const installed = findDistributed(name);
  if (installed !== undefined) return installed;
  throw new Stop(`${help}\nTried: apt-get reported success, but there is still no ${name}.`);
}

/** Only looks: on PATH, and where servers are installed. */
export function findDistributed(name) {
  return findProgram(name, ["/usr/sbin", "/usr/bin"]);
}
