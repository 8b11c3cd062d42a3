import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Server } from '../../../src/server/server.js';

const FILE = '/proc/self/oom_score_adj';
const score = () => Number(readFileSync(FILE, 'latin1'));

describe.skipIf(!existsSync(FILE))('oom-score-adj', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  it('follows the directives and the role, and is restored when it is switched off', async () => {
    const before = score();
    server = await Server.start();
    const session = server.session();
    const set = (...words: string[]) => expect(session.run('CONFIG', 'SET', ...words)).toBe('OK');
    set('oom-score-adj-values', '10 20 30');
    expect(score()).toBe(before);
    set('oom-score-adj', 'yes');
    expect(score()).toBe(before + 10);
    session.run('REPLICAOF', '127.0.0.1', '1');
    expect(score()).toBe(before + 20);
    session.run('REPLICAOF', 'NO', 'ONE');
    set('oom-score-adj-values', '15 20 30');
    expect(score()).toBe(before + 15);
    set('oom-score-adj', 'absolute');
    expect(score()).toBe(15);
    set('oom-score-adj', 'no');
    expect(score()).toBe(before);
  });

  it.skipIf(process.getuid?.() === 0 || !mayNotLower())('is refused where the system does not allow it', async () => {
    server = await Server.start();
    const session = server.session();
    const reply = String(
      session.run('CONFIG', 'SET', 'oom-score-adj-values', '-1000 0 0', 'oom-score-adj', 'absolute'),
    );
    expect(reply).toContain('Failed to apply new oom_score_adj configuration');
    expect(String(session.run('CONFIG', 'GET', 'oom-score-adj'))).toContain('no');
  });
});

function mayNotLower(): boolean {
  try {
    writeFileSync(FILE, String(score() - 1));
    return false;
  } catch {
    return true;
  }
}
