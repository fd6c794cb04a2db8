/** Takes one event of the stream: its type, and its other fields as JSON members without braces. */
export type Emit = (type: string, fields: string) => void;

/** How far an item is, in the service's words. */
export type ItemStatus = "completed" | "incomplete";

/** An item of the answer as it is written. */
export type OutputItem = Readonly<Record<string, unknown>>;

/** Begins an item. */
export function itemAdded(emit: Emit, index: number, item: OutputItem): void {
  emit("response.output_item.added", `"output_index":${index},"item":${JSON.stringify(item)}`);
}

/** Ends an item; gives it back. */
export function itemDone(emit: Emit, index: number, item: OutputItem): OutputItem {
  emit("response.output_item.done", `"output_index":${index},"item":${JSON.stringify(item)}`);
  return item;
}
