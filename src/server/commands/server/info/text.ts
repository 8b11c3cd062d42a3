import type { Server } from '../../../server.js';
import { type InfoSection, infoSections } from './sections.js';

/** The sections that are asked for by name, by `default`, `all` or `everything`. */
export function infoText(
  server: Server,
  wanted: ReadonlySet<string>,
  sections: readonly InfoSection[] = infoSections,
): string {
  const everything = wanted.has('all') || wanted.has('everything');
  const chosen = sections.filter(
    ({ name, usual }) => everything || wanted.has(name) || (usual && wanted.has('default')),
  );
  const texts = chosen.map(({ title, fields }) => {
    const lines = fields(server).map(([field, value]) => `${field}:${value}\r\n`);
    return `# ${title}\r\n${lines.join('')}`;
  });
  return texts.join('\r\n');
}
