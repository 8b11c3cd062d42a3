import type { Expansion } from '../config/model.js';
import { quoteLocalPart, splitAddress, withoutExtension } from './address.js';

/**
 * The forms under which one key is looked up, most specific first as the configuration orders them. Mail
 * servers send the whole address only, so this is what Postfix does itself for its own tables.
 *
 * | expansion      | user+x@a.b.c | notes                                                        |
 * |----------------|--------------|--------------------------------------------------------------|
 * | full           | user+x@a.b.c | the key as it came                                           |
 * | no-extension   | user@a.b.c   | only where there is an extension; user for a key without "@" |
 * | domain         | @a.b.c       | only for keys with "@"                                       |
 * | local-part     | user         | without extension and quotes                                 |
 * | parent-domains | .b.c, .c     | of the domain, or of the whole key without "@"               |
 */
export interface Form {
  readonly expansion: Expansion;
  readonly key: Buffer;
}

/** DNS's longest name: what is longer has no parents worth asking for. */
const LONGEST_DOMAIN = 255;

const AT = Buffer.from('@');

/** Each form once, under the name of the first expansion that made it. */
export function expandKey(key: Buffer, expansions: readonly Expansion[], delimiters: string): Form[] {
  const forms: Form[] = [];
  for (const expansion of expansions) {
    for (const form of formsOf(key, expansion, delimiters)) {
      if (!forms.some((other) => other.key.equals(form))) forms.push({ expansion, key: form });
    }
  }
  return forms;
}

function formsOf(key: Buffer, expansion: Expansion, delimiters: string): Buffer[] {
  switch (expansion) {
    case 'full':
      return [key];
    case 'no-extension':
      return noExtension(key, delimiters);
    case 'domain':
      return domain(key);
    case 'local-part':
      return localPart(key, delimiters);
    case 'parent-domains':
      return parentDomains(key);
  }
}

function noExtension(key: Buffer, delimiters: string): Buffer[] {
  const parts = splitAddress(key);
  const user = withoutExtension(parts.localPart, delimiters);
  if (user === undefined) return [];
  return [parts.domain === undefined ? user : Buffer.concat([quoteLocalPart(user), AT, parts.domain])];
}

function domain(key: Buffer): Buffer[] {
  const parts = splitAddress(key);
  return parts.domain === undefined || parts.domain.length === 0 ? [] : [Buffer.concat([AT, parts.domain])];
}

function localPart(key: Buffer, delimiters: string): Buffer[] {
  const parts = splitAddress(key);
  const user = withoutExtension(parts.localPart, delimiters) ?? parts.localPart;
  return user.length === 0 ? [] : [user];
}

function parentDomains(key: Buffer): Buffer[] {
  const name = splitAddress(key).domain ?? key;
  const parents: Buffer[] = [];
  if (name.length > LONGEST_DOMAIN) return parents;
  for (let dot = name.indexOf('.', 1); dot !== -1; dot = name.indexOf('.', dot + 1)) parents.push(name.subarray(dot));
  return parents;
}
