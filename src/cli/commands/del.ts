import { answer, answerNo } from '../answers.js';
import { argument, defineCommand, option, UsageError } from '../command.js';
import { storeArgument, storeOptions, withWritableStore } from '../store-access.js';

/** `lookupd del`: deletes keys, named one by one or by their beginning. */
export const del = defineCommand({
  name: 'del',
  summary: 'delete keys',
  description:
    'Deletes keys and prints how many of them existed; none at all ends with 1. With --prefix every key that starts with ' +
    'it, on all nodes; "*" and "?" in it are ordinary characters.',
  arguments: { store: storeArgument, keys: argument.any("the keys, without the store's key-prefix") },
  options: {
    ...storeOptions,
    prefix: option.text('--prefix <prefix>', 'delete every key that starts with this'),
    force: option.flag('--force', 'take an empty prefix: delete everything'),
  },
  examples: [
    { line: 'lookupd del redis alias:sales@example.com alias:info@example.com', does: 'two keys' },
    { line: 'lookupd del redis --prefix greylist:', does: 'all of them' },
  ],
  run({ args, options, terminal }) {
    const { keys } = args;
    const { prefix, force } = options;
    if ((prefix === undefined) === (keys.length === 0)) throw new UsageError('name either keys or a --prefix');
    if (prefix === '' && !force) throw new UsageError('the empty prefix deletes every key: add --force');
    return withWritableStore({ args, options, terminal }, async (store) => {
      const deleted = prefix === undefined ? await store.delete(...keys) : await store.deletePrefix(prefix, { force });
      const json = { store: args.store, deleted };
      if (deleted === 0) return answerNo(terminal, options.json, json, 'not found: nothing was deleted');
      const people = deleted === 1 ? 'deleted 1 key' : `deleted ${deleted} keys`;
      return answer(terminal, options.json, { json, people, programs: `${deleted}\n` });
    });
  },
});
