#!/usr/bin/env node
import { runProgram } from './program.js';
import { processTerminal } from './terminal.js';

let needsReader = true;
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    // `lookupd scan redis | head` closes the pipe early: that is no failure.
    if (needsReader && output === process.stdout) process.exit();
  });
}
const outlives = () => {
  needsReader = false;
};
process.exitCode = await runProgram(process.argv.slice(2), { ...processTerminal(), outlives });
// What was written to a pipe is still on its way; behind it the program ends, whatever a second Ctrl-C left open.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
