/** Loaded before a benchmark with `--import`: the fiftieth message of the topic in LOSE_TOPIC never reaches its process. */
import { Process } from "../../dist/actors/index.js";

const { receive } = Process.prototype;
let left = 50;

Process.prototype.receive = function (envelope, ...rest) {
  const { kind, topic } = envelope.signal;
  if (kind === "message" && topic === process.env.LOSE_TOPIC && --left === 0) return;
  receive.call(this, envelope, ...rest);
};
