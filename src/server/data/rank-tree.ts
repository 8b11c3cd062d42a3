import type { ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { CAPACITY, Leaf, SPARSE, type Visit } from './rank-leaf.js';
import type { PairTeller } from './told-run.js';

/**
 * Members ordered by score, then by bytes, each reachable by its rank: a B+ tree whose branches count what
 * lies below each child. Insertion, removal and ranks are O(log n). Leaves that lose most of their entries are
 * merged with a neighbour under the same branch.
 *
 * A copy shares all nodes and takes no time: whoever changes a node that is shared changes a copy of it, and what is
 * below it is shared from then on. Nodes know nothing of their neighbours for that reason.
 */
export class RankTree {
  private root: Leaf | Branch = new Leaf();
  /** The one leaf that may remember how it is told: what is read all the time is the first or the last as a rule. */
  private remembering: Leaf | undefined;

  get size(): number {
    return this.root.size;
  }

  /** The pair must not be there. */
  insert(score: number, member: ByteString): void {
    this.own();
    const right = this.root.insert(score, member, true);
    if (right) this.root = new Branch([this.root, right]);
  }

  /** The pair must be there. */
  remove(score: number, member: ByteString): void {
    this.own();
    this.root.remove(score, member);
    while (this.root instanceof Branch && this.root.children.length === 1) this.root = this.root.children[0]!;
  }

  private own(): void {
    const { remembering } = this;
    this.root = this.root.own();
    // It may no longer be part of this tree.
    if (remembering !== undefined && (remembering.shared || !remembering.remembers)) this.remember(undefined);
  }

  clone(): RankTree {
    const copy = new RankTree();
    this.root.shared = true;
    copy.root = this.root;
    return copy;
  }

  /** How many pairs come before this one. */
  rank(score: number, member: ByteString): number {
    let rank = 0;
    let node = this.root;
    while (node instanceof Branch) {
      const at = node.childFor(score, member);
      for (let i = 0; i < at; i++) rank += node.sizes[i]!;
      node = node.children[at]!;
    }
    return rank + node.lowerBound(score, member);
  }

  /** How many pairs from the first on satisfy a condition that no pair satisfies after one that does not. */
  countWhile(holds: (score: number, member: ByteString) => boolean): number {
    let rank = 0;
    let node = this.root;
    while (node instanceof Branch) {
      const at = node.lastWhile(holds);
      for (let i = 0; i < at; i++) rank += node.sizes[i]!;
      node = node.children[at]!;
    }
    return rank + node.countWhile(holds);
  }

  /** Visits `count` pairs from a rank on, towards the first when `backwards`. */
  each(from: number, count: number, visit: Visit, backwards = false): void {
    this.walk(from, count, backwards, (leaf, at, left) => leaf.each(at, left, visit, backwards));
  }

  /** Tells the same pairs. */
  tell(from: number, count: number, reply: ReplySink, teller: PairTeller, backwards: boolean): void {
    if (count > CAPACITY) {
      this.each(from, count, (member, score) => teller(reply, member, score), backwards);
      return;
    }
    this.walk(from, count, backwards, (leaf, at, left) => {
      const told = leaf.tell(at, left, reply, teller, backwards);
      if (leaf.remembers && leaf !== this.remembering) this.remember(leaf);
      return told;
    });
  }

  private remember(leaf: Leaf | undefined): void {
    this.remembering?.forget();
    this.remembering = leaf;
  }

  /** Visits the leaves that hold `count` pairs from a rank on; `visit` answers how many of them it has seen. */
  private walk(
    from: number,
    count: number,
    backwards: boolean,
    visit: (leaf: Leaf, at: number, left: number) => number,
  ): void {
    for (let rank = from, left = count; left > 0 && rank >= 0 && rank < this.size; ) {
      let node = this.root;
      let at = rank;
      while (node instanceof Branch) {
        let child = 0;
        while (at >= node.sizes[child]!) at -= node.sizes[child++]!;
        node = node.children[child]!;
      }
      const visited = visit(node, at, left);
      left -= visited;
      rank += backwards ? -visited : visited;
    }
  }
}

/**
 * Children with a lower bound for each: what is left of a child is before its bound, what is in it is not.
 * The first child's bound is not looked at.
 */
class Branch {
  shared = false;
  size = 0;
  /** Pairs below each child. */
  sizes: number[] = [];
  scores: number[] = [];
  members: ByteString[] = [];

  constructor(readonly children: (Leaf | Branch)[]) {
    for (const child of children) {
      this.size += child.size;
      this.sizes.push(child.size);
      this.scores.push(firstScore(child));
      this.members.push(firstMember(child));
    }
  }

  own(): Branch {
    if (!this.shared) return this;
    const copy = new Branch([]);
    for (const child of this.children) {
      child.shared = true;
      copy.children.push(child);
    }
    copy.size = this.size;
    copy.sizes = this.sizes.slice();
    copy.scores = this.scores.slice();
    copy.members = this.members.slice();
    return copy;
  }

  private ownChild(at: number): Leaf | Branch {
    return (this.children[at] = this.children[at]!.own());
  }

  /** The last child whose bound is not after the pair. */
  childFor(score: number, member: ByteString): number {
    const { scores, members } = this;
    let low = 0;
    let high = scores.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const bound = scores[middle]!;
      if (bound < score || (bound === score && members[middle]! <= member)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The last child whose bound satisfies the condition. */
  lastWhile(holds: (score: number, member: ByteString) => boolean): number {
    let low = 0;
    let high = this.scores.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (holds(this.scores[middle]!, this.members[middle]!)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  insert(score: number, member: ByteString, isLast: boolean): Branch | undefined {
    const at = this.childFor(score, member);
    const child = this.ownChild(at);
    const right = child.insert(score, member, isLast && at === this.children.length - 1);
    this.size++;
    this.sizes[at] = child.size;
    if (!right) return undefined;
    this.sizes.splice(at + 1, 0, right.size);
    this.children.splice(at + 1, 0, right);
    this.scores.splice(at + 1, 0, firstScore(right));
    this.members.splice(at + 1, 0, firstMember(right));
    return this.children.length > CAPACITY ? this.split(at + 1) : undefined;
  }

  remove(score: number, member: ByteString): void {
    const at = this.childFor(score, member);
    const child = this.ownChild(at);
    child.remove(score, member);
    this.size--;
    this.sizes[at] = child.size;
    if (child.size === 0) this.forget(at);
    else if (child instanceof Leaf && child.size < SPARSE) this.mergeAround(at);
  }

  private split(inserted: number): Branch {
    const half = inserted === CAPACITY ? CAPACITY : CAPACITY >> 1;
    const right = new Branch(this.children.splice(half));
    // The bounds that the children had, not their first pairs of now.
    right.scores.splice(0, right.scores.length, ...this.scores.splice(half));
    right.members.splice(0, right.members.length, ...this.members.splice(half));
    this.sizes.length = half;
    this.size -= right.size;
    return right;
  }

  private mergeAround(at: number): void {
    const left = at > 0 ? at - 1 : at;
    const [a, b] = [this.children[left], this.children[left + 1]];
    if (!(a instanceof Leaf && b instanceof Leaf) || a.size + b.size > CAPACITY / 2) return;
    const merged = a.own();
    merged.absorb(b);
    this.children[left] = merged;
    this.sizes[left] = merged.size;
    this.forget(left + 1);
  }

  private forget(at: number): void {
    this.children.splice(at, 1);
    this.sizes.splice(at, 1);
    this.scores.splice(at, 1);
    this.members.splice(at, 1);
  }
}

function firstScore(node: Leaf | Branch): number {
  return node.scores[0]!;
}

function firstMember(node: Leaf | Branch): ByteString {
  return node.members[0]!;
}
