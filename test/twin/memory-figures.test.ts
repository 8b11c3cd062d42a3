import { twinSuite } from '../harness/twin.js';
import { exact } from '../harness/twin-compare.js';

/** The same figures by the same names in the same order; what they are is another matter. */
const names = (reply: Buffer) =>
  exact(reply)
    .replace(/^[$=]\d+/, '<length>')
    .replace(/(:|,)-?[\d.e+]+(?=\r\n)/g, '<number>')
    .replace(/\$\d+\r\n-?[\d.e+]+\r\n/g, '<number>\r\n')
    .replace(/:[^\r]*/g, ':<value>');

twinSuite('memory figures', {
  'of INFO and MEMORY STATS': [
    'SET key value EX 100',
    { run: 'INFO memory', compare: names },
    { run: 'MEMORY STATS', compare: names },
  ],
});
