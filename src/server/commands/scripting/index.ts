import type { CommandDeclaration } from '../command.js';
import { eval_ } from './eval.js';
import { evalRo } from './eval-ro.js';
import { evalsha } from './evalsha.js';
import { evalshaRo } from './evalsha-ro.js';
import { fcall } from './fcall.js';
import { fcallRo } from './fcall-ro.js';
import { function_ } from './function/index.js';
import { script } from './script/index.js';

export const scriptingCommands: readonly CommandDeclaration[] = [
  eval_,
  evalRo,
  evalsha,
  evalshaRo,
  fcall,
  fcallRo,
  function_,
  script,
];
