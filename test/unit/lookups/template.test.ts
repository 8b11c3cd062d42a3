import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../../src/lookups/template.js';

describe('key templates', () => {
  test.each([
    ['%s', 'user@d', 'user@d'],
    ['alias:%s', 'user@d', 'alias:user@d'],
    ['%d/%u', 'user@d', 'd/user'],
    ['100%%:%s', 'k', '100%:k'],
    ['fixed', 'anything', 'fixed'],
    ['grün:%s', 'ß', 'grün:ß'],
    ['%u', 'user', 'user'],
    ['%u', '"a b"@d', '"a b"'],
    ['%s%s', 'x', 'xx'],
    ['%d', 'a@b@c', 'c'],
    ['%s', '', ''],
  ])('%s filled with %s', (template, key, expected) => {
    expect(compileTemplate(template).fill(Buffer.from(key))?.toString()).toBe(expected);
  });

  test.each([
    ['%d', 'user'],
    ['%d', 'user@'],
    ['%u', '@d'],
    ['%u', ''],
  ])('%s is not looked up for "%s"', (template, key) => {
    expect(compileTemplate(template).fill(Buffer.from(key))).toBeNull();
  });

  test.each(['%x', '100%', '%S'])('%s means nothing', (template) => {
    expect(() => compileTemplate(template)).toThrow(/means nothing/);
  });

  test('bytes pass through', () => {
    expect(compileTemplate('a:%s').fill(Buffer.from([0xff]))).toEqual(Buffer.from([0x61, 0x3a, 0xff]));
  });
});
