/**
 * Items by place, 0 to length - 1, in pages: growing never copies much, and a copy shares pages until one of the two
 * changes them, so that copying a million items takes no time. The first page, all that most have, costs nothing to reach.
 */
abstract class Paged<Page extends { slice(): Page }> {
  length = 0;
  private readonly pages: Page[];
  /** Pages that a copy may have too. */
  private shared: boolean[] | undefined;

  constructor(private first: Page) {
    this.pages = [first];
  }

  /** The page of a place, to be read. */
  protected page(place: number): Page {
    return place < PAGE ? this.first : this.pages[place >>> PAGE_BITS]!;
  }

  /** The same, to be written to. */
  protected own(place: number): Page {
    const number = place >>> PAGE_BITS;
    const page = this.page(place);
    if (this.shared === undefined || this.shared[number] !== true) return page;
    this.shared[number] = false;
    return this.put(number, page.slice());
  }

  protected put(number: number, page: Page): Page {
    if (number === 0) this.first = page;
    this.pages[number] = page;
    return page;
  }

  /** Lets the last page go when nothing is left in it. */
  protected drop(): boolean {
    if ((this.length & PAGE_MASK) !== 0 || this.length === 0) return false;
    this.pages.length = this.length >>> PAGE_BITS;
    if (this.shared !== undefined) this.shared.length = Math.min(this.shared.length, this.pages.length);
    return true;
  }

  protected shareWith(copy: this): void {
    for (const [number, page] of this.pages.entries()) copy.put(number, page);
    copy.length = this.length;
    this.shared = this.pages.map(() => true);
    copy.shared = this.shared.slice();
  }
}

/** Of anything but numbers. */
export class PagedArray<T> extends Paged<T[]> {
  constructor() {
    super([]);
  }

  /** The place must be in use, here and below. */
  at(place: number): T {
    return this.page(place)[place & PAGE_MASK]!;
  }

  set(place: number, item: T): void {
    this.own(place)[place & PAGE_MASK] = item;
  }

  push(item: T): void {
    const place = this.length++;
    if ((place & PAGE_MASK) === 0 && place > 0) this.put(place >>> PAGE_BITS, []);
    this.own(place).push(item);
  }

  pop(): T {
    const item = this.own(--this.length).pop()!;
    this.drop();
    return item;
  }

  /** Later items move down by one place: for few. */
  removeInOrder(place: number): void {
    for (let i = place + 1; i < this.length; i++) this.set(i - 1, this.at(i));
    this.pop();
  }

  /** All items, in an array that changes with this one as long as they are few. */
  all(): readonly T[] {
    if (this.length <= PAGE) return this.page(0);
    const items: T[] = [];
    for (let place = 0; place < this.length; place++) items.push(this.at(place));
    return items;
  }

  clone(): PagedArray<T> {
    const copy = new PagedArray<T>();
    this.shareWith(copy as this);
    return copy;
  }
}

/** Of numbers, outside the heap. */
export class PagedNumbers extends Paged<Float64Array> {
  private room = FIRST_ROOM;

  constructor() {
    super(new Float64Array(FIRST_ROOM));
  }

  static zeros(count: number): PagedNumbers {
    const numbers = new PagedNumbers();
    while (numbers.room < count) numbers.grow();
    numbers.length = count;
    return numbers;
  }

  at(place: number): number {
    return this.page(place)[place & PAGE_MASK]!;
  }

  set(place: number, item: number): void {
    this.own(place)[place & PAGE_MASK] = item;
  }

  push(item: number): void {
    if (this.length === this.room) this.grow();
    this.set(this.length++, item);
  }

  pop(): number {
    const item = this.at(--this.length);
    if (this.drop()) this.room = this.length;
    return item;
  }

  removeInOrder(place: number): void {
    for (let i = place + 1; i < this.length; i++) this.set(i - 1, this.at(i));
    this.pop();
  }

  clone(): PagedNumbers {
    const copy = new PagedNumbers();
    copy.room = this.room;
    this.shareWith(copy as this);
    return copy;
  }

  private grow(): void {
    if (this.room < PAGE) {
      const bigger = new Float64Array(this.room * 2);
      bigger.set(this.own(0));
      this.put(0, bigger);
      this.room *= 2;
      return;
    }
    this.put(this.room >>> PAGE_BITS, new Float64Array(PAGE));
    this.room += PAGE;
  }
}

/** Of 128 KiB: the first change to a shared one copies it. */
const PAGE_BITS = 14;
const PAGE = 1 << PAGE_BITS;
const PAGE_MASK = PAGE - 1;
const FIRST_ROOM = 16;
