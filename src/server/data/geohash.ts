/**
 * Geohashes as Redis computes them: the earth divided into 2^step by 2^step cells, by longitude and by
 * latitude up to 85.05 degrees, whose numbers are interleaved bit by bit. 26 steps make the 52 bits that a
 * sorted set keeps exactly in a score.
 */
export interface Cell {
  readonly lat: number;
  readonly lon: number;
  readonly step: number;
}

export interface Point {
  readonly lon: number;
  readonly lat: number;
}

export interface Area {
  readonly minLon: number;
  readonly maxLon: number;
  readonly minLat: number;
  readonly maxLat: number;
}

/** What can be encoded: Web Mercator's square. */
export const WORLD: Area = { minLon: -180, maxLon: 180, minLat: -85.05112878, maxLat: 85.05112878 };
/** What the standard's geohash strings divide. */
const GLOBE: Area = { minLon: -180, maxLon: 180, minLat: -90, maxLat: 90 };
export const MAX_STEP = 26;

export function cellOf({ lon, lat }: Point, step: number, world = WORLD): Cell {
  const latOffset = (lat - world.minLat) / (world.maxLat - world.minLat);
  const lonOffset = (lon - world.minLon) / (world.maxLon - world.minLon);
  const cells = 2 ** step;
  return { lat: Math.trunc(latOffset * cells), lon: Math.trunc(lonOffset * cells), step };
}

export function areaOf({ lat, lon, step }: Cell): Area {
  const cells = 2 ** step;
  const latScale = WORLD.maxLat - WORLD.minLat;
  const lonScale = WORLD.maxLon - WORLD.minLon;
  return {
    minLat: WORLD.minLat + (lat / cells) * latScale,
    maxLat: WORLD.minLat + ((lat + 1) / cells) * latScale,
    minLon: WORLD.minLon + (lon / cells) * lonScale,
    maxLon: WORLD.minLon + ((lon + 1) / cells) * lonScale,
  };
}

/** The cell's neighbour so many cells north and east; the earth is round in both directions here. */
export function neighbour({ lat, lon, step }: Cell, north: number, east: number): Cell {
  const mask = 2 ** step - 1;
  return {
    lat: north === 0 ? lat : (lat + north) & mask,
    lon: east === 0 ? lon : (lon + east) & mask,
    step,
  };
}

/** The cell's number: longitude in the odd bits, latitude in the even ones. */
export function bitsOf({ lat, lon }: Cell): number {
  const low = (spread(lat & 0xffff) | (spread(lon & 0xffff) << 1)) >>> 0;
  const high = (spread(lat >>> 16) | (spread(lon >>> 16) << 1)) >>> 0;
  return high * 2 ** 32 + low;
}

/** The scores of everything in the cell: from the first, up to and without the second. */
export function scoresOf(cell: Cell): readonly [from: number, to: number] {
  const size = 2 ** (2 * (MAX_STEP - cell.step));
  const bits = bitsOf(cell);
  return [bits * size, (bits + 1) * size];
}

/**
 * As text: at the square's very edge (180 degrees) a cell is one past the last, its number longer than what a double
 * holds, and Redis tells every digit of it.
 */
export function scoreTextOf(point: Point): string {
  const { lat, lon } = cellOf(point, MAX_STEP);
  const beyond = (lat >= EDGE ? 1n << 52n : 0n) + (lon >= EDGE ? 1n << 53n : 0n);
  return String(beyond + BigInt(bitsOf({ lat: lat % EDGE, lon: lon % EDGE, step: MAX_STEP })));
}

const EDGE = 2 ** MAX_STEP;

/** The middle of the cell that a score stands for. */
export function pointOf(score: number): Point {
  const { minLat, maxLat, minLon, maxLon } = areaOf(cellOfScore(score));
  return {
    lon: clamp((minLon + maxLon) / 2, WORLD.minLon, WORLD.maxLon),
    lat: clamp((minLat + maxLat) / 2, WORLD.minLat, WORLD.maxLat),
  };
}

function cellOfScore(score: number): Cell {
  let low = score >>> 0;
  let high = Math.floor(score / 2 ** 32);
  if (!(score >= 0 && score < 2 ** 53)) {
    // Of sorted sets that hold no places: what the conversion to 64 bits leaves on x86-64.
    const bits = score < -(2 ** 63) ? 2n ** 63n : score < 2 ** 64 ? BigInt.asUintN(64, BigInt(Math.trunc(score))) : 0n;
    low = Number(bits & 0xffffffffn);
    high = Number(bits >> 32n);
  }
  return {
    lat: gather(high) * 2 ** 16 + gather(low),
    lon: gather(high >>> 1) * 2 ** 16 + gather(low >>> 1),
    step: MAX_STEP,
  };
}

/** The standard's geohash of a place, eleven characters; the last is always "0", for want of bits. */
export function geohashText(point: Point): string {
  const bits = bitsOf(cellOf(point, MAX_STEP, GLOBE));
  let text = '';
  for (let i = 1; i <= 10; i++) text += ALPHABET[Math.floor(bits / 2 ** (52 - i * 5)) % 32];
  return `${text}0`;
}

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz';

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** Sixteen bits to the even places of 32. */
function spread(value: number): number {
  let bits = value & 0xffff;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** The even places of 32 bits. */
function gather(value: number): number {
  let bits = value & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}
