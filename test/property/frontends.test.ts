import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { found, permanent, temporary } from '../../src/core/outcome.js';
import * as dict from '../../src/frontends/dict/protocol.js';
import * as http from '../../src/frontends/http/protocol.js';
import * as line from '../../src/frontends/line/protocol.js';
import { decodePercent } from '../../src/frontends/percent.js';
import { AttributesDecoder, encodeDecision } from '../../src/frontends/policy/protocol.js';
import { CommandDecoder } from '../../src/frontends/resp/protocol.js';
import * as socketmap from '../../src/frontends/socketmap/protocol.js';
import * as tcpTable from '../../src/frontends/tcp-table/protocol.js';
import { FramingError } from '../../src/net/framing.js';
import { LineDecoder } from '../../src/net/lines.js';
import { encodeNetstring, NetstringDecoder } from '../../src/net/netstring.js';
import { chunksOf, drain, drainAll, drainLent } from '../harness/chunks.js';

const cuts = fc.array(fc.nat(), { maxLength: 30 });
const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value));
const outcomes = fc.oneof(
  bytes.map(found),
  fc.string({ unit: 'binary' }).map(temporary),
  fc.string({ unit: 'binary' }).map(permanent),
);

describe('whatever the outcome, a reply is one frame that its client understands', () => {
  test('socketmap', () => {
    fc.assert(
      fc.property(outcomes, (outcome) => {
        const [reply, ...more] = drain(new NetstringDecoder<Buffer>(), socketmap.encodeReply(outcome));
        expect(more).toEqual([]);
        expect(reply?.toString('utf8')).toMatch(/^(?:OK [^\0]+|NOTFOUND |(?:TEMP|PERM) [^\0\r\n]*)$/s);
      }),
    );
  });

  test('tcp-table', () => {
    fc.assert(
      fc.property(outcomes, (outcome) => {
        const [reply, ...more] = drain(new LineDecoder(tcpTable.LINE_LIMIT), tcpTable.encodeReply(outcome));
        expect(more).toEqual([]);
        expect(reply?.toString('latin1')).toMatch(/^[245]00 [\x21-\x7e]*$/);
      }),
    );
  });

  test('line', () => {
    fc.assert(
      fc.property(outcomes, (outcome) => {
        const [reply, ...more] = drain(new LineDecoder(line.LINE_LIMIT), line.encodeReply(outcome));
        expect(more).toEqual([]);
        expect(reply?.toString('latin1')).toMatch(/^(?:OK [^\0\r\n]+|NOTFOUND |(?:TEMP|PERM) [^\0\r\n]*)$/);
      }),
    );
  });

  test('http', () => {
    fc.assert(
      fc.property(outcomes, bytes, (outcome, key) => {
        const { status, body } = http.answerLookup('map', key, outcome);
        expect([200, 502, 503]).toContain(status);
        expect(JSON.parse(JSON.stringify(body))).toEqual(body);
      }),
    );
  });
});

describe('policy delegation', () => {
  const line = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\n', ''));
  const name = fc
    .string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 })
    .filter((text) => !/[=\n]/.test(text) && text !== 'request');
  const attributes = fc.uniqueArray(fc.tuple(name, line), { maxLength: 20, selector: ([first]) => first });

  test('requests come through any chunking as they are', () => {
    fc.assert(
      fc.property(fc.array(attributes, { maxLength: 5 }), fc.array(fc.nat()), (requests, cuts) => {
        const all = requests.map((request) => [['request', 'smtpd_access_policy'] as const, ...request]);
        const bytes = all.map((request) => `${request.map((pair) => pair.join('=')).join('\n')}\n\n`).join('');
        const decoder = new AttributesDecoder();
        const decoded = chunksOf(Buffer.from(bytes), cuts).flatMap((chunk) => drain(decoder, chunk));
        expect(decoded.map((request, i) => all[i]?.map(([key]) => [key, request.get(key)]))).toEqual(
          all.map((request) => request.map(([key, value]) => [key, whole(value)])),
        );
        for (const request of decoded) expect(request.get('no such name')).toBeUndefined();
      }),
    );
  });

  test('any bytes are requests or a framing error', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, fc.string().map(Buffer.from)), fc.array(fc.nat()), (garbage, cuts) => {
        const decoder = new AttributesDecoder();
        try {
          for (const chunk of chunksOf(garbage, cuts)) drain(decoder, chunk);
        } catch (error) {
          expect(error).toBeInstanceOf(FramingError);
        }
      }),
    );
  });

  test('a decision is one action and an empty line', () => {
    const verdicts = fc.constantFrom('pass', 'permit', 'defer', 'reject');
    fc.assert(
      fc.property(verdicts, fc.stringMatching(/^[\x20-\x7e]*$/), (verdict, text) => {
        const reply = encodeDecision({ verdict, text, why: '' }).toString();
        expect(reply).toMatch(/^action=(?:DUNNO|(?:DEFER_IF_PERMIT|REJECT) [\x20-\x7e]*)\n\n$/);
      }),
    );
  });

  /** What UTF-8 makes of a text: half characters have none. */
  const whole = (text: string) => Buffer.from(text).toString();
});

test('a value comes back through tcp-table as it is, unless it is empty or holds a NUL', () => {
  const passable = bytes.filter((value) => value.length > 0 && !value.includes(0));
  fc.assert(
    fc.property(passable, (value) => {
      const line = tcpTable.encodeReply(found(value)).subarray(4, -1);
      expect(decodePercent(line)).toEqual(value);
    }),
  );
});

/** Bytes that often are nearly what a protocol wants. */
const nearly = (...parts: readonly string[]) =>
  fc
    .array(fc.oneof({ arbitrary: fc.constantFrom(...parts).map((part) => Buffer.from(part)), weight: 6 }, bytes), {
      maxLength: 30,
    })
    .map((all) => Buffer.concat(all));

describe('any bytes, however cut, end in requests, in waiting, or in an error that stays', () => {
  test('tcp-table', () => {
    const garbage = nearly('get ', 'get a\n', '%', '%4', '%41', '%zz', ' ', '\r', '\n', '\r\n', 'x'.repeat(50));
    fc.assert(
      fc.property(garbage, cuts, (stream, at) => {
        const read = (chunks: readonly Buffer[]) => {
          const decoder = new LineDecoder(100);
          const { frames, failed } = drainAll(decoder, chunks);
          decoder.push(Buffer.from('\nget a\n'));
          if (failed) expect(() => decoder.next()).toThrow(FramingError);
          return { requests: frames.map(tcpTable.parseRequest), failed };
        };
        const whole = read([stream]);
        expect(read(chunksOf(stream, at))).toEqual(whole);
        const lines = stream.latin1Slice().split('\n').slice(0, whole.requests.length);
        expect(whole.requests.map(({ kind }) => kind)).toEqual(
          lines.map((text) => (/^get (?:[^%]|%[\da-f]{2})*$/is.test(text.replace(/\r$/, '')) ? 'get' : 'invalid')),
        );
      }),
    );
  });

  test('resp', () => {
    const garbage = nearly('*1\r\n', '*2\r\n', '$4\r\n', 'PING\r\n', 'quit\r\n', '$0\r\n\r\n', '\r\n', '*', '$', '"');
    fc.assert(
      fc.property(garbage, cuts, fc.boolean(), (stream, at, hasPassword) => {
        const read = (chunks: readonly Buffer[]) => {
          const decoder = new CommandDecoder(hasPassword);
          const { frames, failed } = drainAll(decoder, chunks);
          decoder.push(Buffer.from('PING\r\n'));
          if (failed) expect(() => decoder.next()).toThrow(FramingError);
          return { commands: frames.map(({ words }) => words), failed };
        };
        expect(read(chunksOf(stream, at))).toEqual(read([stream]));
      }),
    );
  });
});

test('any key comes through tcp-table as it is', () => {
  fc.assert(
    fc.property(bytes, (key) => {
      const escaped = Array.from(key, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      expect(tcpTable.parseRequest(Buffer.from(`get ${escaped}\r`))).toEqual({ kind: 'get', key });
    }),
  );
});

test('a request of socketmap is read where it lies, and its key is what stands behind the first space', () => {
  fc.assert(
    fc.property(fc.array(bytes), cuts, fc.nat(3), (requests, at, taken) => {
      const stream = Buffer.concat(requests.map((request) => encodeNetstring(request)));
      const decoder = new NetstringDecoder(undefined, socketmap.parseRequest);
      const read = chunksOf(stream, at).flatMap((chunk) => drainLent(decoder, chunk, taken));
      const wanted = requests.map((request) => {
        const space = request.indexOf(' ');
        if (space === -1) return undefined;
        return { map: request.toString('utf8', 0, space), key: request.subarray(space + 1) };
      });
      expect(read).toEqual(wanted);
    }),
  );
});

test('a request of a line is read whatever it is, and its key is what stands behind the first space', () => {
  const word = fc.string({ minLength: 1 }).filter((text) => !/[\s]/.test(text));
  fc.assert(
    fc.property(bytes, (request) => {
      const read = line.parseRequest(request);
      expect(read === undefined).toBe(!request.includes(' '));
    }),
  );
  fc.assert(
    fc.property(
      word,
      bytes.filter((key) => key.at(-1) !== 13),
      (map, key) => {
        expect(line.parseRequest(Buffer.concat([Buffer.from(`${map} `), key]))).toEqual({ map, key });
      },
    ),
  );
});

test('a key comes through a URL as it is, in the path and in the query', () => {
  fc.assert(
    fc.property(bytes, (key) => {
      const encoded = Array.from(key, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      expect(http.parseTarget(`/lookup/map/${encoded}`)).toEqual({ map: 'map', key });
      expect(http.parseTarget(`/lookup/map?key=${encoded}`)).toEqual({ map: 'map', key });
    }),
  );
});

test('any target is read without an exception', () => {
  fc.assert(
    fc.property(fc.string(), (target) => {
      expect(http.parseTarget(`/lookup/${target}`)).toBeDefined();
      expect(http.parseTarget(target)).toBeDefined();
    }),
  );
});

describe('dict', () => {
  const version = fc.constantFrom(2 as const, 3 as const, 4 as const);
  const latin1 = bytes.map((value) => value.latin1Slice());

  test('fields come back as they were, whatever their bytes', () => {
    fc.assert(
      fc.property(fc.array(latin1, { minLength: 2 }), (fields) => {
        const line = fields.map(dict.escaped).join('\t');
        expect(line).not.toMatch(/[\0\r\n]/);
        expect(dict.fieldsOf(line)).toEqual(fields);
      }),
    );
  });

  test('any line is read without an exception, as a handshake and as a command', () => {
    const letters = fc.constantFrom(...'HLIBCDRSUATVX\t\x01');
    const line = fc.oneof(
      latin1,
      fc
        .tuple(letters, fc.array(fc.oneof(latin1, fc.nat().map(String))))
        .map(([letter, rest]) => letter + rest.join('\t')),
    );
    fc.assert(
      fc.property(line, version, (text, spoken) => {
        expect(dict.parseHandshake(text)).toBeDefined();
        expect(dict.parseCommand(text, spoken)).toBeDefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test('whatever the outcome, a reply to a lookup and to a commit is one line', () => {
    fc.assert(
      fc.property(outcomes, fc.boolean(), fc.nat(), (outcome, isAsync, id) => {
        const lookup = drain(new LineDecoder(1_000_000), dict.encodeLookup(outcome));
        expect(lookup).toHaveLength(1);
        expect(lookup[0]!.latin1Slice()).toMatch(/^(?:O[^\0\t\r\n]*|N|F[^\0\t\r\n]*)$/);
        if (!('reason' in outcome)) return;
        const committed = dict.encodeCommitted(id, isAsync, { kind: 'uncertain', reason: outcome.reason });
        const [commit, ...more] = drain(new LineDecoder(1_000_000), committed);
        expect(more).toEqual([]);
        expect(commit!.latin1Slice()).toMatch(/^A?W\d+\t[^\0\t\r\n]*$/);
      }),
    );
  });

  test('rows of a listing are lines with a tab, and an empty line ends them', () => {
    const row = fc.record({ path: latin1, value: latin1 });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const lines = drain(new LineDecoder(1_000_000), dict.encodeListed({ kind: 'rows', rows }));
        expect(lines.pop()).toEqual(Buffer.alloc(0));
        expect(lines.map((line) => dict.fieldsOf(line.latin1Slice(1)))).toEqual(
          rows.map(({ path, value }) => [path, value]),
        );
      }),
    );
  });
});
