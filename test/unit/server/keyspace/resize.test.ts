import { afterEach, beforeEach, expect, it } from 'vitest';
import { Args } from '../../../../src/resp/args.js';
import type { VerbatimText } from '../../../../src/resp/reply.js';
import { MemberTable } from '../../../../src/server/data/member-table.js';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/clock.js';

/** The last of them makes a table of 16384 slots too small. */
const KEYS = 12_289;
const clock = new ManualClock();
let server: Server;

beforeEach(() => {
  server = new Server({ clock, settings: { enableDebug: 'yes' } });
});

afterEach(() => server.close());

const run = (...words: string[]) => server.session().run(...words);
const isResizing = () => (run('DEBUG', 'HTSTATS', '0') as VerbatimText).text.includes('rehashing target');

it('lookups of keys end a resize, and find them all meanwhile', () => {
  for (let i = 0; i < KEYS; i++) run('SET', `key:${i}`, String(i));
  expect(isResizing()).toBe(true);
  for (let i = 0; i < KEYS; i++) expect(String(run('GET', `key:${i}`))).toBe(String(i));
  expect(isResizing()).toBe(false);
});

it('lookups of members end a resize', () => {
  const table = new MemberTable();
  for (let i = 0; i < KEYS; i++) table.add(`m:${i}`);
  expect(table.hashTable.resizing).toBe(true);
  for (let i = 0; i < KEYS; i++) expect(table.find(Args.of(`m:${i}`), 0)).toBe(i);
  expect(table.hashTable.resizing).toBe(false);
});

it('time ends a resize where activerehashing is on', () => {
  run('CONFIG', 'SET', 'activerehashing', 'no');
  for (let i = 0; i < KEYS; i++) run('SET', `key:${i}`, String(i));
  const pass = () => {
    for (let i = 0; i < 20; i++) clock.advance(100);
  };
  pass();
  expect(isResizing()).toBe(true);
  run('CONFIG', 'SET', 'activerehashing', 'yes');
  pass();
  expect(isResizing()).toBe(false);
});
