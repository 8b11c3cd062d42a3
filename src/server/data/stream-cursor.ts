import type { TextSink } from './listpack-element.js';
import { compareIds, type StreamId } from './stream-id.js';
import { NodeEntry, type StreamNode } from './stream-node.js';

/** Walks over the entries of a stream between two IDs, deleted ones left out. */
export class StreamCursor {
  readonly entry = new NodeEntry();
  /** Where the current entry is. */
  nodeIndex: number;
  private node: StreamNode | undefined;

  constructor(
    private readonly stream: { readonly nodes: readonly StreamNode[]; nodeIndex(id: StreamId): number },
    private readonly from: StreamId,
    private readonly to: StreamId,
    private readonly backwards: boolean,
  ) {
    this.nodeIndex = stream.nodeIndex(backwards ? to : from);
    this.enter();
  }

  /** Moves to the next entry; false behind the last one. */
  next(): boolean {
    return this.backwards ? this.previousEntry() : this.nextEntry();
  }

  id(): StreamId {
    return this.entry.id();
  }

  get fieldCount(): number {
    return this.entry.fieldCount;
  }

  tellFields(sink: TextSink): void {
    this.node!.tellFields(this.entry, sink);
  }

  private nextEntry(): boolean {
    const { entry } = this;
    while (this.node) {
      while (this.node.readForward(entry)) {
        if (entry.isDeleted || compareIds(entry, this.from) < 0) continue;
        return compareIds(entry, this.to) <= 0;
      }
      this.nodeIndex++;
      this.enter();
    }
    return false;
  }

  private previousEntry(): boolean {
    const { entry } = this;
    while (this.node) {
      while (this.node.readBackward(entry)) {
        if (entry.isDeleted || compareIds(entry, this.to) > 0) continue;
        return compareIds(entry, this.from) >= 0;
      }
      this.nodeIndex--;
      this.enter();
    }
    return false;
  }

  private enter(): void {
    this.node = this.stream.nodes[this.nodeIndex];
    if (this.backwards) this.node?.toLast(this.entry);
    else this.node?.toFirst(this.entry);
  }
}
