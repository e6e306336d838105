/** The global `channel`: making channels, and select. What a channel can do is in channel/type.ts, who wakes whom in ../channel.ts. */
import { ValueChannel } from "../channel.js";
import type { ModuleDefinition } from "../owner.js";
import { select } from "./channel/select.js";

export { createChannelType } from "./channel/type.js";

/**
 * - `channel.new(n?)`: capacity n, default 0; a negative one counts as 0.
 * - `channel.select{case..., default = true?}` or `channel.select(cases, true)`: the first ready case in list order; a table
 *   `{channel, value, ok}`. Raises for an item that is not a case, for an empty list, for a send case on a closed channel.
 *
 * Specification 2.2.
 */
export const channelModule: ModuleDefinition = {
  name: "channel",
  global: true,
  build({ engine, channelType }) {
    return engine.library({
      new: (call) => call.push(channelType.wrap(new ValueChannel(call.optInteger(1, 0)))),
      select,
    });
  },
};
