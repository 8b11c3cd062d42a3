import type { Args } from '../../../resp/args.js';
import type { Point } from '../../data/geohash.js';
import { WORLD } from '../../data/geohash.js';
import { CommandError } from '../../errors.js';
import { readFloat } from '../numbers.js';

/** Metres of the unit that the argument names. */
export function readUnit(args: Args, i: number): number {
  const metres = UNITS.get(args.word(i));
  if (metres === undefined) throw unknownUnit;
  return metres;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['m', 1],
  ['km', 1000],
  ['ft', 0.3048],
  ['mi', 1609.34],
]);
const unknownUnit = new CommandError('ERR unsupported unit provided. please use M, KM, FT, MI');

/** Longitude and latitude. */
export function readPoint(args: Args, i: number): Point {
  const lon = readFloat(args, i);
  const lat = readFloat(args, i + 1);
  if (lon < WORLD.minLon || lon > WORLD.maxLon || lat < WORLD.minLat || lat > WORLD.maxLat) {
    throw new CommandError(`ERR invalid longitude,latitude pair ${sixDecimals(lon)},${sixDecimals(lat)}`);
  }
  return { lon, lat };
}

/** As C's %f. */
function sixDecimals(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

/** A distance with four decimals, halves to the even digit. */
export function distanceText(distance: number): string {
  const scaled = distance * 10_000;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  return (BigInt(below) + (up ? 1n : 0n))
    .toString()
    .padStart(5, '0')
    .replace(/(\d{4})$/, '.$1');
}

/** A coordinate as C's %.17Lf prints it, without zeros at the end: halves go to the even digit. */
export function coordinateText(value: number): string {
  const exact = value.toFixed(60).replace(/0+$/, '');
  const point = exact.indexOf('.');
  const rounded = exact.length - point - 1 === 18 && exact.endsWith('5') ? tieToEven(exact) : value.toFixed(17);
  return rounded.replace(/\.?0+$/, '');
}

function tieToEven(exact: string): string {
  const kept = exact.slice(0, -1);
  if (Number(kept.at(-1)) % 2 === 0) return kept;
  const digits = BigInt(kept.replace('.', '')) + (kept.startsWith('-') ? -1n : 1n);
  const text = digits.toString().replace('-', '').padStart(18, '0');
  return `${kept.startsWith('-') ? '-' : ''}${text.slice(0, -17)}.${text.slice(-17)}`;
}
