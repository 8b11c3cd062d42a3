#!/usr/bin/env node
import { runProgram } from './program.js';
import { processTerminal } from './terminal.js';

// `lookupd scan redis | head` closes the pipe early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runProgram(process.argv.slice(2), processTerminal());
// What was written to a pipe is still on its way; behind it the program ends, whatever a second Ctrl-C left open.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
