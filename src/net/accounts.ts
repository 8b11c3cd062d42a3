import { readFile } from 'node:fs/promises';

/**
 * Users and groups of this machine, by name or number. Names are looked up in /etc/passwd and /etc/group; directory
 * services are not asked, there a number helps. An unknown name is an error.
 */
export async function userId(name: string): Promise<number> {
  return isNumber(name) ? Number(name) : (await userNamed(name)).id;
}

export async function groupId(name: string): Promise<number> {
  return isNumber(name) ? Number(name) : (await entryNamed('/etc/group', 'group', name)).id;
}

/** The group that /etc/passwd gives the user; undefined where it has no line for this number. */
export async function groupOfUser(name: string): Promise<number | undefined> {
  if (!isNumber(name)) return (await userNamed(name)).group;
  return (await entriesOf('/etc/passwd')).find(({ id }) => id === Number(name))?.group;
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function userNamed(name: string): Promise<Entry> {
  return entryNamed('/etc/passwd', 'user', name);
}

interface Entry {
  readonly name: string;
  readonly id: number;
  /** Of users only. */
  readonly group: number;
}

async function entryNamed(file: string, what: string, name: string): Promise<Entry> {
  const found = (await entriesOf(file)).find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`there is no ${what} "${name}" in ${file}`);
  return found;
}

async function entriesOf(file: string): Promise<Entry[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [name = '', , id, group] = line.split(':');
    return { name, id: Number(id), group: Number(group) };
  });
}
