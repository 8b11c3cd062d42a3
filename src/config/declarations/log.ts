import { keyWithDefault } from './declaration.js';
import { oneOf } from './types.js';

/** `[log]`. */
export const logKeys = {
  level: keyWithDefault(oneOf(['trace', 'debug', 'info', 'warn', 'error']), 'info', 'Least important messages to log.'),
  format: keyWithDefault(oneOf(['auto', 'json', 'pretty']), 'auto', 'auto: pretty on a terminal, JSON otherwise.'),
};
