import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf, distance, distanceWithin, type Shape } from '../../../src/server/data/geo-shape.js';
import { geohashText, type Point, pointOf, scoresOf, scoreTextOf } from '../../../src/server/data/geohash.js';
import { partialSort } from '../../../src/server/data/partial-sort.js';

const point = fc.record({
  lon: fc.double({ min: -179.999, max: 179.999, noNaN: true }),
  lat: fc.double({ min: -85.05, max: 85.05, noNaN: true }),
});

describe('geohashes', () => {
  it('stand for a place within a metre', () => {
    fc.assert(
      fc.property(point, (place: Point) => {
        const score = Number(scoreTextOf(place));
        expect(score < 2 ** 52 && Number.isInteger(score)).toBe(true);
        expect(distance(pointOf(score), place)).toBeLessThan(1);
      }),
    );
  });

  it('have the scores and texts that Redis documents', () => {
    const palermo = { lon: 13.361389, lat: 38.115556 };
    expect(Number(scoreTextOf(palermo))).toBe(3479099956230698);
    expect(geohashText(pointOf(Number(scoreTextOf(palermo))))).toBe('sqc8b49rny0');
  });
});

describe('searching cells', () => {
  it('miss no place near by that is in the shape', () => {
    const shape = fc.tuple(
      fc.record({
        lon: fc.double({ min: -150, max: 150, noNaN: true }),
        lat: fc.double({ min: -60, max: 60, noNaN: true }),
      }),
      fc.double({ min: 1, max: 500_000, noNaN: true }),
      fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(shape, ([center, radius, angle, part]) => {
        const circle: Shape = { kind: 'circle', center, radius };
        const degrees = ((radius * part) / 6_372_797) * (180 / Math.PI);
        const place = {
          lon: center.lon + (Math.cos(angle) * degrees) / Math.cos((center.lat * Math.PI) / 180),
          lat: center.lat + Math.sin(angle) * degrees,
        };
        const score = Number(scoreTextOf(place));
        if (distanceWithin(circle, pointOf(score)) === undefined) return;
        const cells = cellsOf(circle).filter((cell) => cell !== undefined);
        expect(cells.map(scoresOf).some(([from, to]) => score >= from && score < to)).toBe(true);
      }),
    );
  });
});

describe('sorting the first few', () => {
  it('puts them in order and keeps the rest', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 200, size: 'max' }), fc.nat(200), (values, count) => {
        const items = values.slice();
        partialSort(items, (a, b) => a - b, count);
        const sorted = values.slice().sort((a, b) => a - b);
        expect(items.slice(0, count)).toEqual(sorted.slice(0, count));
        expect(items.slice().sort((a, b) => a - b)).toEqual(sorted);
      }),
    );
  });
});
