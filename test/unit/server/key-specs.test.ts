import { expect, it } from 'vitest';
import { allCommands } from '../../../src/server/commands/index.js';
import { keySpecsOf } from '../../../src/server/commands/introspection/key-spec.js';

it('every command that has keys says what it does with them, and only those', () => {
  const commands = allCommands.flatMap((command) => [
    { name: command.name, keys: command.keys },
    ...(command.subcommands ?? []).map((child) => ({ name: `${command.name}|${child.name}`, keys: child.keys })),
  ]);
  const told = commands.filter(({ name }) => keySpecsOf(name).length > 0);
  const have = commands.filter(({ keys }) => keys !== undefined);
  expect(told.map(({ name }) => name)).toEqual(have.map(({ name }) => name));
});
