import type { ByteString } from '../resp/args.js';
import type { Call } from './commands/call.js';
import { credentialPlaces } from './commands/generic/migrate-options.js';
import { isSecretDirective } from './configuration/configuration.js';

const REDACTED = '(redacted)';

/** A command's words for logs and monitors: passwords are not among them. */
export function shownWords({ command, args }: Pick<Call, 'command' | 'args'>): ByteString[] {
  const words = args.texts();
  switch (command.name) {
    case 'auth':
      return words.map((word, i) => (i === 0 ? word : REDACTED));
    case 'hello': {
      const auth = words.findIndex((word, i) => i > 1 && word.toLowerCase() === 'auth');
      return words.map((word, i) => (auth > 0 && (i === auth + 1 || i === auth + 2) ? REDACTED : word));
    }
    case 'set':
      // CONFIG SET; the string command has no such words at these places.
      if (words[0]?.toLowerCase() !== 'config') return words;
      return words.map((word, i) => (i > 2 && isSecretDirective(words[i - 1]!) ? REDACTED : word));
    case 'migrate': {
      const secrets = credentialPlaces(args);
      return words.map((word, i) => (secrets.includes(i) ? REDACTED : word));
    }
    case 'setuser':
      return words.map((word, i) => (i < 2 ? word : REDACTED));
    default:
      return words;
  }
}
