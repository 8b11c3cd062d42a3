import { describe, expect, test } from 'vitest';
import { AttributesDecoder } from '../../../src/frontends/policy/protocol.js';
import { FramingError } from '../../../src/net/framing.js';

const START = 'request=smtpd_access_policy\n';

/** What the requests in these pieces say about the names, request by request. */
function decoded(names: readonly string[], ...pieces: readonly (string | Buffer)[]): (string | undefined)[][] {
  const decoder = new AttributesDecoder();
  const requests: (string | undefined)[][] = [];
  for (const piece of pieces) {
    decoder.push(Buffer.from(piece as string, 'latin1'));
    for (let request = decoder.next(); request !== null; request = decoder.next()) {
      const { get } = request;
      requests.push(names.map((name) => get.call(request, name)));
    }
  }
  return requests;
}

describe('an attribute', () => {
  test.each([
    ['is what stands behind the first equals sign', 'a=b=c\n', 'b=c'],
    ['may be empty', 'a=\n', ''],
    ['is the first of two', 'a=1\na=2\n', '1'],
    ['is not one whose name ends like it', 'aa=1\nb=a=2\n', undefined],
    ['keeps a CR', 'a=b\r\n', 'b\r'],
    ['is UTF-8', 'a=gr\xc3\xbcn\n', 'grün'],
    ['has a mark for what is not', 'a=\xff\n', '\ufffd'],
  ])('%s', (_, lines, value) => {
    expect(decoded(['a'], `${START}${lines}\n`)).toEqual([[value]]);
  });

  test('may be the first of all', () => {
    expect(decoded(['a', 'request'], `a=1\n${START}\n`)).toEqual([['1', 'smtpd_access_policy']]);
  });
});

describe('requests', () => {
  const TWO = `${START}a=1\n\n${START}a=2\nb=\xc3\xa9\n\n`;
  const BOTH = [
    ['1', undefined],
    ['2', 'é'],
  ];

  test('come one after the other', () => {
    expect(decoded(['a', 'b'], TWO)).toEqual(BOTH);
  });

  test('come byte by byte', () => {
    expect(decoded(['a', 'b'], ...TWO)).toEqual(BOTH);
  });

  test.each(Array.from({ length: TWO.length }, (_, at) => at))('come in two pieces, cut at %i', (at) => {
    expect(decoded(['a', 'b'], TWO.slice(0, at), TWO.slice(at))).toEqual(BOTH);
  });
});

describe('what is no request is an error, for ever after', () => {
  test.each([
    ['a line without an equals sign', `${START}a\n`, 'a line is not name=value'],
    ['the same, behind one that has it', `${START}a=1\nb\n\n`, 'a line is not name=value'],
    ['no lines', '\n', 'a request does not say "request="'],
    ['no kind', 'a=1\n\n', 'a request does not say "request="'],
    ['another kind', 'request=junk\n\n', 'a request is of another kind than smtpd_access_policy'],
  ])('%s', (_, bytes, message) => {
    for (const pieces of [[bytes], [...bytes]]) {
      const decoder = new AttributesDecoder();
      const decode = () => {
        for (const piece of pieces) {
          decoder.push(Buffer.from(piece));
          expect(decoder.next()).toBeNull();
        }
      };
      expect(decode).toThrow(new FramingError(message));
      decoder.push(Buffer.from(`\n${START}\n`));
      expect(() => decoder.next()).toThrow(new FramingError(message));
    }
  });

  test('longer than the limit, which is known before it ends', () => {
    const most = START.length + 100;
    const sized = (bytes: number) => `${START}a=${'x'.repeat(bytes - START.length - 3)}\n`;
    const fits = new AttributesDecoder(most);
    fits.push(Buffer.from(`${sized(most)}\n${sized(most)}\n`));
    expect([fits.next(), fits.next(), fits.next()]).toEqual([expect.anything(), expect.anything(), null]);
    for (const bytes of [
      sized(most + 1),
      sized(most + 1)
        .slice(0, -1)
        .concat('x'),
    ]) {
      const decoder = new AttributesDecoder(most);
      decoder.push(Buffer.from(bytes));
      expect(() => decoder.next()).toThrow(new FramingError(`a request is longer than ${most} bytes`));
    }
  });
});
