import type { ByteString } from '../../resp/args.js';

/**
 * Members ordered by score, then by bytes, each reachable by its rank: a B+ tree whose branches count what
 * lies below each child. Insertion, removal and ranks are O(log n); leaves are linked, so that a range is read
 * without the tree. Leaves that lose most of their entries are merged with a neighbour under the same branch.
 */
export class RankTree {
  private root: Leaf | Branch = new Leaf();

  get size(): number {
    return this.root.size;
  }

  /** The pair must not be there. */
  insert(score: number, member: ByteString): void {
    const right = this.root.insert(score, member);
    if (right) this.root = new Branch([this.root, right]);
  }

  /** The pair must be there. */
  remove(score: number, member: ByteString): void {
    this.root.remove(score, member);
    while (this.root instanceof Branch && this.root.children.length === 1) this.root = this.root.children[0]!;
  }

  clone(): RankTree {
    const copy = new RankTree();
    copy.root = this.root.clone(new LeafChain());
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
  each(from: number, count: number, visit: (member: ByteString, score: number) => void, backwards = false): void {
    if (count <= 0 || from < 0 || from >= this.size) return;
    let node = this.root;
    let at = from;
    while (node instanceof Branch) {
      let child = 0;
      while (at >= node.sizes[child]!) at -= node.sizes[child++]!;
      node = node.children[child]!;
    }
    let leaf: Leaf | undefined = node;
    for (let left = count; left > 0 && leaf !== undefined; ) {
      if (backwards) {
        for (; left > 0 && at >= 0; at--, left--) visit(leaf.members[at]!, leaf.scores[at]!);
        leaf = leaf.previous;
        at = (leaf?.size ?? 0) - 1;
      } else {
        for (; left > 0 && at < leaf.size; at++, left--) visit(leaf.members[at]!, leaf.scores[at]!);
        leaf = leaf.next;
        at = 0;
      }
    }
  }
}

/** A sorted run of pairs. A copy shares its arrays, until one of them changes. */
class Leaf {
  private shared = false;
  scores: number[] = [];
  members: ByteString[] = [];
  next: Leaf | undefined;
  previous: Leaf | undefined;

  get size(): number {
    return this.members.length;
  }

  clone(chain: LeafChain): Leaf {
    const copy = new Leaf();
    copy.scores = this.scores;
    copy.members = this.members;
    copy.shared = this.shared = true;
    chain.append(copy);
    return copy;
  }

  private unshare(): void {
    if (!this.shared) return;
    this.scores = this.scores.slice();
    this.members = this.members.slice();
    this.shared = false;
  }

  /** The first place whose pair is not before this one. */
  lowerBound(score: number, member: ByteString): number {
    const { scores, members } = this;
    let low = 0;
    let high = members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = scores[middle]!;
      if (other < score || (other === score && members[middle]! < member)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  countWhile(holds: (score: number, member: ByteString) => boolean): number {
    let low = 0;
    let high = this.members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.scores[middle]!, this.members[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The new right half when it had to be split. */
  insert(score: number, member: ByteString): Leaf | undefined {
    const at = this.lowerBound(score, member);
    this.unshare();
    insertAt(this.scores, at, score);
    insertAt(this.members, at, member);
    return this.members.length > CAPACITY ? this.split(at) : undefined;
  }

  remove(score: number, member: ByteString): void {
    const at = this.lowerBound(score, member);
    this.unshare();
    removeAt(this.scores, at);
    removeAt(this.members, at);
  }

  /** Where pairs come in order the left leaf stays nearly full. */
  private split(inserted: number): Leaf {
    const half = inserted === CAPACITY && this.next === undefined ? CAPACITY : CAPACITY >> 1;
    const right = new Leaf();
    right.scores = this.scores.splice(half);
    right.members = this.members.splice(half);
    right.next = this.next;
    right.previous = this;
    if (this.next) this.next.previous = right;
    this.next = right;
    return right;
  }

  /** Takes over its right neighbour. */
  absorb(right: Leaf): void {
    this.unshare();
    this.scores.push(...right.scores);
    this.members.push(...right.members);
    this.unlinkNext();
  }

  unlinkNext(): void {
    const gone = this.next!;
    this.next = gone.next;
    if (gone.next) gone.next.previous = this;
  }

  unlink(): void {
    if (this.previous) this.previous.unlinkNext();
    else if (this.next) this.next.previous = undefined;
  }
}

/**
 * Children with a lower bound for each: what is left of a child is before its bound, what is in it is not.
 * The first child's bound is not looked at.
 */
class Branch {
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

  clone(chain: LeafChain): Branch {
    const copy = new Branch([]);
    for (const child of this.children) copy.children.push(child.clone(chain));
    copy.size = this.size;
    copy.sizes = this.sizes.slice();
    copy.scores = this.scores.slice();
    copy.members = this.members.slice();
    return copy;
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

  insert(score: number, member: ByteString): Branch | undefined {
    const at = this.childFor(score, member);
    const child = this.children[at]!;
    const right = child.insert(score, member);
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
    const child = this.children[at]!;
    child.remove(score, member);
    this.size--;
    this.sizes[at] = child.size;
    if (child.size === 0) this.drop(at);
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

  private drop(at: number): void {
    const child = this.children[at]!;
    if (child instanceof Leaf) child.unlink();
    this.forget(at);
  }

  private mergeAround(at: number): void {
    const left = at > 0 ? at - 1 : at;
    const [a, b] = [this.children[left], this.children[left + 1]];
    if (!(a instanceof Leaf && b instanceof Leaf) || a.size + b.size > CAPACITY / 2) return;
    a.absorb(b);
    this.sizes[left] = a.size;
    this.forget(left + 1);
  }

  private forget(at: number): void {
    this.children.splice(at, 1);
    this.sizes.splice(at, 1);
    this.scores.splice(at, 1);
    this.members.splice(at, 1);
  }
}

/** Links leaves in the order they are copied in. */
class LeafChain {
  private last: Leaf | undefined;

  append(leaf: Leaf): void {
    leaf.previous = this.last;
    if (this.last) this.last.next = leaf;
    this.last = leaf;
  }
}

/** Entries in a leaf and children of a branch at most: chosen by measurement, 32 to 128 do not differ much. */
const CAPACITY = 64;
const SPARSE = CAPACITY / 4;

function firstScore(node: Leaf | Branch): number {
  return node.scores[0]!;
}

function firstMember(node: Leaf | Branch): ByteString {
  return node.members[0]!;
}

/** As splice, without the array it makes; here and below. */
function insertAt<T>(items: T[], at: number, item: T): void {
  items.push(item);
  for (let i = items.length - 1; i > at; i--) items[i] = items[i - 1]!;
  items[at] = item;
}

function removeAt<T>(items: T[], at: number): void {
  for (let i = at + 1; i < items.length; i++) items[i - 1] = items[i]!;
  items.pop();
}
