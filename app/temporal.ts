/** `temporal.client` and `temporal.worker` entries as parts of a node. Imported only when an app has one. */
export {};
