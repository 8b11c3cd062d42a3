import { answer, answerNo } from '../answers.js';
import { defineCommand } from '../command.js';
import { keyArgument, storeArgument, storeOptions, withStore } from '../store-access.js';

/** `lookupd exists`: says by its exit code whether a key is there. */
export const exists = defineCommand({
  name: 'exists',
  summary: 'tell whether a key exists',
  description: 'Ends with 0 when the key exists and with 1 when it does not. Prints nothing in a pipe.',
  arguments: { store: storeArgument, key: keyArgument },
  options: storeOptions,
  examples: [{ line: 'lookupd exists redis domain:example.com && echo ours', does: 'for scripts' }],
  run({ args, options, terminal }) {
    return withStore({ args, options, terminal }, async (store) => {
      const there = await store.exists(args.key);
      const json = { ...args, exists: there };
      if (!there) return answerNo(terminal, options.json, json, 'does not exist');
      return answer(terminal, options.json, { json, people: 'exists' });
    });
  },
});
