import { type Area, areaOf, type Cell, cellOf, neighbour, type Point } from './geohash.js';

/** A circle or a box around a point; lengths in metres. */
export type Shape =
  | { readonly kind: 'circle'; readonly center: Point; readonly radius: number }
  | { readonly kind: 'box'; readonly center: Point; readonly width: number; readonly height: number };

const EARTH_RADIUS = 6372797.560856;
const MERCATOR_MAX = 20037726.37;
const RADIANS = Math.PI / 180;

/** Metres between two points along the great circle, by the haversine formula. */
export function distance(a: Point, b: Point): number {
  const v = Math.sin((b.lon * RADIANS - a.lon * RADIANS) / 2);
  if (v === 0) return latitudeDistance(a.lat, b.lat);
  const lat1 = a.lat * RADIANS;
  const lat2 = b.lat * RADIANS;
  const u = Math.sin((lat2 - lat1) / 2);
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(u * u + Math.cos(lat1) * Math.cos(lat2) * v * v));
}

function latitudeDistance(a: number, b: number): number {
  return EARTH_RADIUS * Math.abs(b * RADIANS - a * RADIANS);
}

/** Metres from the shape's center; undefined when the point is outside. */
export function distanceWithin(shape: Shape, point: Point): number | undefined {
  const { center } = shape;
  if (shape.kind === 'circle') {
    const metres = distance(center, point);
    return metres > shape.radius ? undefined : metres;
  }
  if (latitudeDistance(point.lat, center.lat) > shape.height / 2) return undefined;
  if (distance(point, { lon: center.lon, lat: point.lat }) > shape.width / 2) return undefined;
  return distance(center, point);
}

/**
 * The cells that may hold points of the shape: the center's and those of its neighbours that reach into it, in
 * the order in which Redis looks at them.
 */
export function cellsOf(shape: Shape): readonly (Cell | undefined)[] {
  const bounds = boundsOf(shape);
  const { center } = shape;
  let step = stepFor(shape);
  if (step > 1 && !reaches(cellOf(center, step), bounds)) step--;
  const cell = cellOf(center, step);
  const area = areaOf(cell);
  // With so few cells a neighbour may be one on the other side too.
  const isCoarse = step < 2;
  const south = isCoarse || area.minLat >= bounds.minLat;
  const north = isCoarse || area.maxLat <= bounds.maxLat;
  const west = isCoarse || area.minLon >= bounds.minLon;
  const east = isCoarse || area.maxLon <= bounds.maxLon;
  const at = (needed: boolean, up: number, right: number) => (needed ? neighbour(cell, up, right) : undefined);
  return [
    cell,
    ...[at(north, 1, 0), at(south, -1, 0), at(east, 0, 1), at(west, 0, -1)],
    ...[at(north && east, 1, 1), at(north && west, 1, -1), at(south && east, -1, 1), at(south && west, -1, -1)],
  ];
}

/** The shape's edges in degrees; its sides are taken where they are longest in degrees. */
function boundsOf(shape: Shape): Area {
  const { lon, lat } = shape.center;
  const height = shape.kind === 'circle' ? shape.radius : shape.height / 2;
  const width = shape.kind === 'circle' ? shape.radius : shape.width / 2;
  const latDelta = height / EARTH_RADIUS / RADIANS;
  const edge = lat < 0 ? lat - latDelta : lat + latDelta;
  const lonDelta = width / EARTH_RADIUS / Math.cos(edge * RADIANS) / RADIANS;
  return { minLon: lon - lonDelta, maxLon: lon + lonDelta, minLat: lat - latDelta, maxLat: lat + latDelta };
}

/** How finely to divide, such that the cell and its neighbours mostly cover the shape. */
function stepFor(shape: Shape): number {
  let radius = shape.kind === 'circle' ? shape.radius : Math.sqrt((shape.width / 2) ** 2 + (shape.height / 2) ** 2);
  if (radius === 0) return 26;
  let step = 1;
  for (; radius < MERCATOR_MAX; step++) radius *= 2;
  step -= 2;
  const lat = Math.abs(shape.center.lat);
  if (lat > 66) step--;
  if (lat > 80) step--;
  return Math.min(26, Math.max(1, step));
}

/** Whether the neighbours of the cell reach to all edges. */
function reaches(cell: Cell, bounds: Area): boolean {
  return (
    areaOf(neighbour(cell, 1, 0)).maxLat >= bounds.maxLat &&
    areaOf(neighbour(cell, -1, 0)).minLat <= bounds.minLat &&
    areaOf(neighbour(cell, 0, 1)).maxLon >= bounds.maxLon &&
    areaOf(neighbour(cell, 0, -1)).minLon <= bounds.minLon
  );
}
