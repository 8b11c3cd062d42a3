import type { Args } from '../../../resp/args.js';
import type { Shape } from '../../data/geo-shape.js';
import { type Point, pointOf } from '../../data/geohash.js';
import type { SortedSetValue } from '../../data/sorted-set-value.js';
import { CommandError, errors } from '../../errors.js';
import { readFloat, readInteger } from '../numbers.js';
import { readPoint, readUnit } from './units.js';

/** Which of the search commands reads its arguments. */
export interface SearchForm {
  /** The argument of the key that is searched. */
  readonly source: number;
  /** GEOSEARCH and GEOSEARCHSTORE name center and shape by options; the older commands by place. */
  readonly center: 'point' | 'member' | 'options';
  readonly mayStore: 'by option' | 'always' | 'never';
}

/** What to search for and how to reply. */
export interface Search {
  /** undefined: the key is missing, nothing can be found. */
  center: Point | undefined;
  /** Metres of the unit that lengths are given and told in. */
  unit: number;
  size: { readonly radius: number } | { readonly width: number; readonly height: number } | undefined;
  withDistance: boolean;
  withHash: boolean;
  withPoint: boolean;
  /** Whichever is found first, as many as COUNT says. */
  any: boolean;
  order: 'asc' | 'desc' | undefined;
  /** 0: all. */
  count: number;
  /** The argument of the key to store to. */
  target: number | undefined;
  storeDistance: boolean;
}

/** Reads the arguments; `zset` is the sorted set that is searched, for the center's place. */
export function readSearch(args: Args, form: SearchForm, zset: SortedSetValue | undefined): Search {
  return new SearchReader(args, form, zset).read();
}

export function shapeOf({ center, size, unit }: Search): Shape | undefined {
  if (!center || !size) return undefined;
  if ('radius' in size) return { kind: 'circle', center, radius: size.radius * unit };
  return { kind: 'box', center, width: size.width * unit, height: size.height * unit };
}

class SearchReader {
  private readonly search: Search;
  private from: 'member' | 'point' | undefined;

  constructor(
    private readonly args: Args,
    private readonly form: SearchForm,
    private readonly zset: SortedSetValue | undefined,
  ) {
    this.search = {
      ...{ center: undefined, unit: 1, size: undefined, any: false, order: undefined, count: 0 },
      ...{ withDistance: false, withHash: false, withPoint: false, storeDistance: false },
      target: form.mayStore === 'always' ? 1 : undefined,
    };
  }

  read(): Search {
    const { args } = this;
    for (let i = this.readPlaces(); i < args.count; i++) {
      const last = this.readOption(i) ?? (this.form.center === 'options' ? this.readShape(i) : undefined);
      if (last === undefined) throw errors.syntax;
      i = last;
    }
    this.check();
    return this.search;
  }

  /** The arguments that need no name; answers where the options begin. */
  private readPlaces(): number {
    const { args, form, search } = this;
    if (form.center === 'options') return form.source + 1;
    if (form.center === 'point') {
      search.center = readPoint(args, 2);
      this.readRadius(4);
      return 6;
    }
    if (this.zset) {
      search.center = this.pointOfMember(2);
      this.readRadius(3);
    }
    return 5;
  }

  /** Answers the option's last argument, undefined when it is none of these. */
  private readOption(i: number): number | undefined {
    const { args, search, form } = this;
    const hasValue = i + 1 < args.count;
    const word = args.word(i);
    switch (word) {
      case 'withdist':
        search.withDistance = true;
        return i;
      case 'withhash':
        search.withHash = true;
        return i;
      case 'withcoord':
        search.withPoint = true;
        return i;
      case 'any':
        search.any = true;
        return i;
      case 'asc':
      case 'desc':
        search.order = word;
        return i;
      case 'count':
        if (!hasValue) return undefined;
        search.count = readInteger(args, i + 1);
        if (search.count <= 0) throw countNotPositive;
        return i + 1;
      case 'store':
      case 'storedist':
        if (form.mayStore === 'always' && word === 'storedist') {
          search.storeDistance = true;
          return i;
        }
        if (form.mayStore !== 'by option' || !hasValue) return undefined;
        search.storeDistance = word === 'storedist';
        search.target = i + 1;
        return i + 1;
      default:
        return undefined;
    }
  }

  /** The options of GEOSEARCH. */
  private readShape(i: number): number | undefined {
    const { args, search } = this;
    const following = args.count - i - 1;
    const isBox = search.size !== undefined && 'width' in search.size;
    const isCircle = search.size !== undefined && !isBox;
    switch (args.word(i)) {
      case 'frommember':
        if (following < 1 || this.from === 'point') return undefined;
        if (this.zset) search.center = this.pointOfMember(i + 1);
        this.from = 'member';
        return i + 1;
      case 'fromlonlat':
        if (following < 2 || this.from === 'member') return undefined;
        search.center = readPoint(args, i + 1);
        this.from = 'point';
        return i + 2;
      case 'byradius':
        if (following < 2 || isBox) return undefined;
        this.readRadius(i + 1);
        return i + 2;
      case 'bybox':
        if (following < 3 || isCircle) return undefined;
        this.readBox(i + 1);
        return i + 3;
      default:
        return undefined;
    }
  }

  private readRadius(i: number): void {
    const radius = readFloat(this.args, i, notRadius);
    if (radius < 0) throw negativeRadius;
    this.search.unit = readUnit(this.args, i + 1);
    this.search.size = { radius };
  }

  private readBox(i: number): void {
    const width = readFloat(this.args, i, notWidth);
    const height = readFloat(this.args, i + 1, notHeight);
    if (width < 0 || height < 0) throw negativeBox;
    this.search.unit = readUnit(this.args, i + 2);
    this.search.size = { width, height };
  }

  private pointOfMember(i: number): Point {
    const place = this.zset!.find(this.args, i);
    if (place < 0) throw noMember;
    return pointOf(this.zset!.score(place));
  }

  private check(): void {
    const { search, form, args } = this;
    if (search.target !== undefined && (search.withDistance || search.withHash || search.withPoint)) {
      const who = form.mayStore === 'always' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS';
      throw new CommandError(`ERR ${who} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
    }
    if (form.center === 'options' && !this.from) throw exactlyOne('FROMMEMBER or FROMLONLAT', args.text(0));
    if (form.center === 'options' && !search.size) throw exactlyOne('BYRADIUS and BYBOX', args.text(0));
    if (search.any && search.count === 0) throw anyWithoutCount;
  }
}

function exactlyOne(of: string, command: string): CommandError {
  return new CommandError(`ERR exactly one of ${of} can be specified for ${command}`);
}

const countNotPositive = new CommandError('ERR COUNT must be > 0');
const notRadius = new CommandError('ERR need numeric radius');
const negativeRadius = new CommandError('ERR radius cannot be negative');
const notWidth = new CommandError('ERR need numeric width');
const notHeight = new CommandError('ERR need numeric height');
const negativeBox = new CommandError('ERR height or width cannot be negative');
const noMember = new CommandError('ERR could not decode requested zset member');
const anyWithoutCount = new CommandError('ERR the ANY argument requires COUNT argument');
