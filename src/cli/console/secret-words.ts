import { isSecretDirective } from '../../server/configuration/configuration.js';

/** Whether a command names a password: such a line is kept in no history. */
export function holdsSecret(words: readonly Buffer[]): boolean {
  const [name = '', second = '', ...rest] = words.map((word) => word.toString('latin1').toLowerCase());
  switch (name) {
    case 'auth':
      return true;
    case 'hello':
      return rest.includes('auth');
    case 'migrate':
      return rest.includes('auth') || rest.includes('auth2');
    case 'acl':
      return second === 'setuser';
    case 'config':
      return second === 'set' && rest.some((word, i) => i % 2 === 0 && isSecretDirective(word));
    case 'sentinel':
      return (second === 'set' || second === 'config') && rest.some((word) => word.includes('pass'));
    default:
      return false;
  }
}
