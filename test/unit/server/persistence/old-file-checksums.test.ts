import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../harness/folder.js';
import { file, open, plainly, record, short } from './old-file-forms.js';

describe('how RDB files of older versions of Redis begin and end', () => {
  it.each([5, 9, 10, 11])('version %i with a checksum that is not right is refused', async (version) => {
    using folder = temporaryFolder();
    const bytes = file(version, [record(0, short('v'))]);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(folder.file('dump.rdb'), bytes);
    await expect(open(folder.path)).rejects.toThrow('RDB CRC error');
  });

  it.each([5, 9, 10, 11])('version %i with a checksum of 0 was written without one', async (version) => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('dump.rdb'), file(version, [record(0, short('v'))], Buffer.alloc(8)));
    const server = await open(folder.path);
    expect(plainly(server.session().run('GET', 'key'))).toBe('v');
    await server.close();
  });

  it.each([5, 9, 11])('version %i without the bytes of a checksum is refused', async (version) => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('dump.rdb'), file(version, [record(0, short('v'))], Buffer.alloc(0)));
    await expect(open(folder.path)).rejects.toThrow();
  });

  it.each(['REDIS0000', 'REDIS0013', 'REDIS00x1', 'RADIS0009'])('%s is no head of a file', async (head) => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('dump.rdb'), Buffer.concat([Buffer.from(head), Buffer.from([0xff])]));
    await expect(open(folder.path)).rejects.toThrow(/signature|RDB format version/);
  });
});
