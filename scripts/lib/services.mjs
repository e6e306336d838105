/** The servers that development and tests use, under one shape, and the shared ones that stay up between commands. */
import { join } from "node:path";
import { isRunning, stopDaemon } from "./daemon.mjs";
import { withLock } from "./lock.mjs";
import { oracles } from "./oracles.mjs";
import { dataDir } from "./paths.mjs";
import { putRecord, readRecords, servicesFile } from "./records.mjs";
import * as redis from "./redis.mjs";
import { Stop, say } from "./run.mjs";
import * as temporal from "./temporal.mjs";
import { findTemporal, obtainTemporal } from "./temporal-program.mjs";

/**
 * Each service: `addressVariable` names a server of the user's own, `find` only looks, `obtain` may download, build or install,
 * `start` starts one; `portVariable` and `port` say where the shared one listens if it can.
 */
export const services = {
  temporal: {
    ...temporal,
    find: findTemporal,
    obtain: obtainTemporal,
    addressVariable: "TEMPORAL_ADDRESS",
    portVariable: "PERDURE_TEMPORAL_PORT",
    port: 7233,
  },
  redis: {
    ...redis,
    find: redis.findRedis,
    obtain: redis.obtainRedis,
    addressVariable: "REDIS_URL",
    portVariable: "PERDURE_REDIS_PORT",
    port: 6379,
  },
};

/** The services that every command starts and the tests need. */
export const usual = ["temporal", "redis"];

/** What PERDURE_SKIP leaves out of the tests. */
export function skippedInTests() {
  return parseNames(process.env.PERDURE_SKIP, "PERDURE_SKIP", [...Object.keys(services), ...Object.keys(oracles)]);
}

/** Names in a list such as `redis,temporal`; a Stop for one that is not in `known`. `from` says where the list stood. */
export function parseNames(list, from, known = Object.keys(services)) {
  const names = (list ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Stop(`${from} names "${unknown}"; known are ${known.join(", ")}`);
  return names;
}

/** Make sure that a shared server runs; safe to repeat. Resolves to { name, address, pid?, started } (no pid: the user's own). */
export async function ensureService(name) {
  const service = services[name];
  const own = await service.namedAddress();
  if (own !== undefined) return { name, address: own, started: false };
  return withLock("services", async () => {
    const known = readRecords(servicesFile)[name];
    if (known !== undefined && isRunning(known))
      return { name, address: known.address, pid: known.pid, started: false };
    const program = await service.obtain();
    say(`starting ${name} ...`);
    const record = await service.start(program, {
      folder: join(dataDir, "services"),
      port: portOf(service),
      persistent: true,
      started: (unready) => putRecord(servicesFile, name, unready),
    });
    putRecord(servicesFile, name, record);
    return { name, address: record.address, pid: record.pid, started: true };
  });
}

function portOf({ portVariable, port }) {
  const text = process.env[portVariable];
  if (!text) return port;
  if (!/^\d+$/.test(text) || Number(text) > 65_535)
    throw new Stop(`${portVariable} is "${text}"; a port number from 0 to 65535 is expected`);
  return Number(text);
}

/** Every service: { name, address?, pid?, running, own }; `own` marks a server that the user named. */
export function listServices() {
  const records = readRecords(servicesFile);
  return Object.entries(services).map(([name, service]) => {
    const own = process.env[service.addressVariable];
    if (own) return { name, address: own, running: true, own: true };
    const record = records[name];
    if (record === undefined || !isRunning(record)) return { name, running: false, own: false };
    return { name, address: record.address, pid: record.pid, running: true, own: false };
  });
}

/** End every shared server on record and forget it; records of servers that are gone are only forgotten. Returns the ended. */
export function stopServices() {
  return withLock("services", async () => {
    const stopped = [];
    for (const [name, record] of Object.entries(readRecords(servicesFile))) {
      if (await stopDaemon(record)) stopped.push({ name, address: record.address, pid: record.pid });
      putRecord(servicesFile, name, undefined);
    }
    return stopped;
  });
}
