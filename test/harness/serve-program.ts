/** `lookupd serve` on the file that is named, without the rest of the program: it starts sooner. */
import { serve } from '../../src/daemon/serve.js';

process.exitCode = await serve({ configFile: process.argv[2] ?? '' });
