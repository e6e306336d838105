/** The programs whose answers tests compare with ours: Erlang/OTP for processes and supervisors, PUC-Rio's Lua for the language. */
import { findDistributed, obtainFromDistribution } from "./distribution.mjs";

function oracle(program, packageName, what) {
  const help = `${program} was not found: tests compare with ${what}. Install it so that \`${program}\` is on your PATH (Debian, Ubuntu: apt-get install ${packageName}), or leave those tests out with PERDURE_SKIP`;
  return {
    find: () => findDistributed(program),
    obtain: () => obtainFromDistribution(program, packageName, help),
  };
}

/** By the name that PERDURE_SKIP uses. */
export const oracles = {
  erlang: oracle("erl", "erlang-base", "Erlang/OTP"),
  lua: oracle("lua5.3", "lua5.3", "PUC-Rio's Lua 5.3"),
};
