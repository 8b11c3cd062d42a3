import { CALLS } from './calls.js';
import { ERRORS } from './errors.js';
import { LIBRARIES } from './libraries.js';
import { REDIS_TABLE } from './redis-table.js';
import { REPLIES } from './replies.js';
import { SANDBOX } from './sandbox.js';
import { SHEBANG } from './shebang.js';
import { STANDARD_LIBRARY } from './standard-library.js';

/** Scripts that a real Redis and our engine must answer alike, to the byte, by what they are about. */
export const CASES: Readonly<Record<string, readonly string[]>> = {
  replies: REPLIES,
  'redis.call': CALLS,
  'redis.*': REDIS_TABLE,
  errors: ERRORS,
  sandbox: SANDBOX,
  'standard library': STANDARD_LIBRARY,
  shebang: SHEBANG,
  libraries: LIBRARIES,
};
