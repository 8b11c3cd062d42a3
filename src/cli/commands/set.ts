import { answer, answerNo } from '../answers.js';
import { argument, defineCommand, option } from '../command.js';
import { readInput } from '../input.js';
import { keyArgument, storeArgument, storeOptions, withWritableStore } from '../store-access.js';
import { formatDuration, ttlOption } from '../time.js';

/** `lookupd set`: writes one key. */
export const set = defineCommand({
  name: 'set',
  summary: 'write a key',
  description:
    'Writes a key. Without --ttl it stays, and loses a time to live it had. With --if-absent a key that exists is left ' +
    'as it is and the command ends with 1. A value that starts with a hyphen goes behind "--", or comes from standard input.',
  arguments: {
    store: storeArgument,
    key: keyArgument,
    value: argument.required('value; "-" for all of standard input, byte for byte'),
  },
  options: {
    ...storeOptions,
    ttl: ttlOption,
    ifAbsent: option.flag('--if-absent', 'only when the key does not exist yet'),
  },
  examples: [
    { line: 'lookupd set redis alias:sales@example.com ann@example.com', does: 'writes an alias' },
    { line: 'lookupd set redis seen:4711 1 --ttl 5m --if-absent', does: 'ends with 1 when it was there already' },
    { line: 'lookupd set redis logo - < logo.png', does: 'any bytes' },
  ],
  async run({ args, options, terminal }) {
    const { store: id, key } = args;
    const { ttl, ifAbsent } = options;
    const value = args.value === '-' ? await readInput(terminal, options.config) : args.value;
    return await withWritableStore({ args, options, terminal }, async (store) => {
      const written = await store.set(key, value, { ifAbsent, ...(ttl === undefined ? {} : { ttl }) });
      const json = { store: id, key, written };
      if (!written) return answerNo(terminal, options.json, json, 'exists already: nothing was written');
      const expires = ttl === undefined ? '' : `, expires in ${formatDuration(ttl)}`;
      return answer(terminal, options.json, { json, people: `written${expires}` });
    });
  },
});
