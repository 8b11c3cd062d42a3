import { answer, notFound } from '../answers.js';
import { defineCommand } from '../command.js';
import { keyArgument, storeArgument, storeOptions, withStore } from '../store-access.js';
import { formatDuration } from '../time.js';

/** `lookupd ttl`: how long a key still lives. */
export const ttl = defineCommand({
  name: 'ttl',
  summary: 'print how long a key still lives',
  description:
    'Prints how long a key still lives: in a pipe in milliseconds, -1 when it does not expire. In JSON a key that does ' +
    'not expire has the ttl null.',
  arguments: { store: storeArgument, key: keyArgument },
  options: storeOptions,
  examples: [
    { line: 'lookupd ttl redis greylist:4711', does: '"4m 59s" on a terminal, 299000 in a pipe' },
    { line: 'lookupd ttl redis greylist:4711 --json', does: '{"store":"redis","key":"greylist:4711","ttl":299000}' },
  ],
  run({ args, options, terminal }) {
    return withStore({ args, options, terminal }, async (store) => {
      const ms = await store.ttl(args.key);
      if (ms === null) return notFound(terminal, options.json, args);
      const expires = Number.isFinite(ms);
      return answer(terminal, options.json, {
        json: { ...args, ttl: expires ? ms : null },
        people: expires ? formatDuration(ms) : 'does not expire',
        programs: `${expires ? ms : -1}\n`,
      });
    });
  },
});
