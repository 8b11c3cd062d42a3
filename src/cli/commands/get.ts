import { answer, notFound, valueJson } from '../answers.js';
import { defineCommand } from '../command.js';
import { readable } from '../readable.js';
import { keyArgument, storeArgument, storeOptions, withStore } from '../store-access.js';

/** `lookupd get`: the value of one key. */
export const get = defineCommand({
  name: 'get',
  summary: 'print the value of a key',
  description:
    'Prints the value of a key: in a pipe its bytes exactly as they are, on a terminal readably. A key that does not ' +
    'exist prints nothing and ends with 1; an empty value is found.',
  arguments: { store: storeArgument, key: keyArgument },
  options: storeOptions,
  examples: [
    { line: 'lookupd get redis alias:sales@example.com', does: 'the value, or exit code 1' },
    { line: 'lookupd get redis logo > logo.png', does: 'byte for byte' },
    { line: 'lookupd get redis quota --json', does: '{"store":"redis","key":"quota","value":"10"}' },
  ],
  run({ args, options, terminal }) {
    return withStore({ args, options, terminal }, async (store) => {
      const value = await store.get(args.key);
      if (value === null) return notFound(terminal, options.json, args);
      const people = value.length === 0 ? terminal.out.colors.dim('(empty)') : readable(value);
      return answer(terminal, options.json, {
        json: { ...args, ...valueJson('value', value) },
        people,
        programs: value,
      });
    });
  },
});
