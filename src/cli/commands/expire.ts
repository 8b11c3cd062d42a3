import { answer, notFound } from '../answers.js';
import { argument, defineCommand } from '../command.js';
import { keyArgument, storeArgument, storeOptions, withWritableStore } from '../store-access.js';
import { formatDuration, parseTtl } from '../time.js';

/** `lookupd expire`: gives a key a time to live. */
export const expire = defineCommand({
  name: 'expire',
  summary: 'give a key a time to live',
  description: 'Gives a key a time to live, in place of the one it had. A key that does not exist ends with 1.',
  arguments: {
    store: storeArgument,
    key: keyArgument,
    ttl: argument.required('duration: 500ms, 90s, 5m, 1h, 30d; a bare number is milliseconds'),
  },
  options: storeOptions,
  examples: [{ line: 'lookupd expire redis session:4711 30m', does: 'gone in half an hour' }],
  run({ args, options, terminal }) {
    const { store: id, key } = args;
    const ttl = parseTtl(args.ttl);
    return withWritableStore({ args, options, terminal }, async (store) => {
      if (!(await store.expire(key, ttl))) return notFound(terminal, options.json, { store: id, key });
      const people = `expires in ${formatDuration(ttl)}`;
      return answer(terminal, options.json, { json: { store: id, key, ttl }, people });
    });
  },
});
