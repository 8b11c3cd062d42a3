import { configJsonSchema } from '../../config/declarations/json-schema.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-codes.js';

/** `lookupd schema`: the configuration's JSON Schema. */
export const schema = defineCommand({
  name: 'schema',
  summary: "print the configuration's JSON Schema",
  description: "Prints the configuration's JSON Schema (draft 7), from which editors complete and check it.",
  arguments: {},
  options: {},
  examples: [
    {
      line: 'lookupd schema > lookupd.schema.json',
      does: 'then "#:schema ./lookupd.schema.json" as the first line of the TOML file tells the editor',
    },
  ],
  run({ terminal }) {
    terminal.out.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return ExitCode.ok;
  },
});
