import { expect, test } from 'vitest';
import { Transcript } from '../../transcripts/transcript.js';

test('a transcript holds what was typed and what was printed, in words that stay the same', async () => {
  const script = new Transcript('Title').show('4711', '6379');
  expect(await script.sh('echo port 4711')).toBe('port 4711');
  await script.sh('echo no >&2; exit 68', { exit: 68 });
  await script.sh('echo 7', { as: 'seven', prints: '7' });
  expect(script.toMarkdown()).toBe(
    '## Title\n\n```transcript\n$ echo port 6379\nport 6379\n$ echo no >&2; exit 68\nno\n$ seven\n7\n```\n',
  );
});

test.each([
  { why: 'an exit code', line: 'echo bad file; exit 3', error: 'ended with 3 rather than 0, and printed:\nbad file' },
  { why: 'that of the first of a pipe', line: '(echo bad; exit 3) | cat', error: 'ended with 3 rather than 0' },
  { why: 'that of a line that should have failed', line: 'true', exit: 1, error: 'ended with 0 rather than 1' },
  { why: 'a signal', line: 'kill -9 $$', error: 'ended with SIGKILL rather than 0' },
  { why: 'a program there is not', line: 'no-such-program', error: 'ended with 127 rather than 0' },
  { why: 'another digest', line: 'echo 9d6f', prints: '78d9', error: 'printed:\n9d6f\nrather than:\n78d9' },
])('$why ends a transcript, with the line and what it printed', async ({ line, error, ...expected }) => {
  await expect(new Transcript('Title').sh(line, expected)).rejects.toThrow(`${line}\n${error}`);
});
