/** Ids of the hosts that every node has. */

/** Host of the node's own processes; programs cannot spawn there. */
export const controlHost = "node:control";

/** Host of functions that run inside the node that calls them. */
export const functionsHost = "node:functions";
