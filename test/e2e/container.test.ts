import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/load.js';
import { startServer } from '../../src/testing/index.js';
import { temporaryFolder } from '../harness/folder.js';
import { ROOT } from '../harness/pages.js';
import { freePorts } from '../harness/ports.js';
import { until } from '../harness/until.js';

/** The image and its neighbours without Docker: what it copies is there, and what it starts runs as it would there. */

const DOCKER = join(ROOT, 'config/docker');
const read = (name: string) => readFileSync(join(DOCKER, name), 'utf8');

/** Instructions of the Dockerfile, continued lines joined. */
const instructions = read('Dockerfile')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => {
    const [name = '', ...words] = line.trim().split(/\s+/);
    return { name, words, text: words.join(' ') };
  });
const all = (name: string) => instructions.filter((one) => one.name === name);
const list = (name: string) => JSON.parse(all(name)[0]!.text) as string[];

const environment = Object.fromEntries(
  all('ENV').flatMap(({ words }) => words.map((word) => word.split('=') as [string, string])),
);

/** A configuration as it is read in the container. */
const readImage = (text: string, variables: Readonly<Record<string, string>> = {}) =>
  readConfig(
    { text },
    {
      env: {},
      overrides: { ...environment, ...variables },
      readFile: () => 's3cret\n',
      fileMode: () => 0o100444,
    },
  );

describe('the image', () => {
  test('copies what is there, and what Docker is told not to leave out', () => {
    const kept = new Set([...read('Dockerfile.dockerignore').matchAll(/^!(.*)$/gm)].map((match) => match[1]));
    const copied = all('COPY')
      .filter(({ words }) => !words[0]!.startsWith('--from'))
      .flatMap(({ words }) => words.slice(0, -1));
    expect(copied.length).toBeGreaterThan(3);
    for (const path of copied) expect({ path, exists: existsSync(join(ROOT, path)) }).toEqual({ path, exists: true });
    expect(copied.filter((path) => !kept.has(path))).toEqual([]);
  });

  test('links the program of package.json, and its build is there after npm ci', () => {
    const { bin, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly bin: { readonly lookupd: string };
      readonly scripts: Readonly<Record<string, string>>;
    };
    expect(
      all('RUN').some(({ text }) => text.includes(`ln -s /opt/lookupd/${bin.lookupd} /usr/local/bin/lookupd`)),
    ).toBe(true);
    expect(scripts['prepare']).toBe('npm run build');
  });

  test('serves the networks of the container, and leaves a file that is mounted as it stands', () => {
    const { config, problems } = readImage(read('lookupd.toml'));
    expect(problems.map(({ severity, message }) => [severity, message])).toEqual(
      all('EXPOSE')[0]!.words.map(() => ['warning', expect.stringContaining('other machines can connect here')]),
    );
    const bound = [...config!.listeners.values()].flatMap(({ bind }) => bind);
    expect(bound).toEqual(all('EXPOSE')[0]!.words.map((port) => ({ host: '0.0.0.0', port: Number(port) })));
    const mounted = readImage('[server.listener.http]\nprotocol = "http"\nbind = "127.0.0.1:8080"\n');
    expect(mounted.problems).toEqual([]);
    expect([...mounted.config!.listeners.values()].map(({ bind }) => bind)).toEqual([
      [{ host: '127.0.0.1', port: 8080 }],
    ]);
  });

  test('starts, is healthy, answers out of its store, and stops when told to', async () => {
    using folder = temporaryFolder();
    await using store = await startServer({ settings: { password: 's3cret' } });
    store.session.run('SET', 'alias:sales@example.com', 'ann@example.com');
    const { env, ports } = await layOut(folder.path, store.port);

    const [program, ...args] = [...list('ENTRYPOINT'), ...list('CMD')];
    const child = spawn(join(folder.path, 'bin', program!), args, { env, stdio: ['ignore', 'inherit', 'pipe'] });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (log += text));
    await until(() => log.includes('"msg":"try:') || child.exitCode !== null, 'it listens');
    const [check, ...checked] = JSON.parse(/\[.*\]/.exec(all('HEALTHCHECK')[0]!.text)![0]) as string[];
    const health = spawn(
      check!,
      checked.map((word) => replaceAll(word, ports)),
      { env, stdio: 'inherit' },
    );
    expect(await once(health, 'exit')).toEqual([0, null]);
    const answer = await fetch(`http://127.0.0.1:${ports.get('8080')}/lookup/aliases/sales@example.com`);
    expect(await answer.json()).toMatchObject({ value: 'ann@example.com' });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(log).not.toContain('s3cret');
  });
});

/** The folder as the image would be, with the sources for the build, and its environment with free ports. */
async function layOut(folder: string, storePort: number) {
  const main = join(ROOT, 'src/cli/main.ts');
  mkdirSync(join(folder, 'dist/cli'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  writeFileSync(
    join(folder, 'dist/cli/main.js'),
    `#!/bin/sh\nexec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${main}' "$@"\n`,
    { mode: 0o755 },
  );
  symlinkSync(join(folder, 'dist/cli/main.js'), join(folder, 'bin/lookupd'));
  writeFileSync(join(folder, 'password'), 's3cret\n');
  const names = all('EXPOSE')[0]!.words;
  const free = await freePorts(names.length);
  const ports = new Map(names.map((name, i) => [name, String(free[i])]));
  writeFileSync(join(folder, 'lookupd.toml'), replaceAll(read('lookupd.toml'), ports));
  const env = {
    PATH: process.env['PATH'],
    ...environment,
    LOOKUPD_CONFIG: join(folder, 'lookupd.toml'),
    LOOKUPD_STORE__VALKEY__URL: `redis://127.0.0.1:${storePort}`,
    LOOKUPD_STORE__VALKEY__PASSWORD_FILE: join(folder, 'password'),
  };
  return { env, ports };
}

function replaceAll(text: string, ports: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\b\d{4,5}\b/g, (number) => ports.get(number) ?? number);
}

describe('compose.yaml', () => {
  const text = read('compose.yaml');
  /** `name: value` lines of the environment; what the shell leaves out is empty. */
  const variables = Object.fromEntries(
    [...text.matchAll(/^ +(LOOKUPD_\w+): (.*)$/gm)].map(([, name, value]) => [name!, value!.replace(/\$\{.*\}/, '')]),
  );

  test('sets keys that are there', () => {
    const { config, problems } = readImage(read('lookupd.toml'), variables);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(Object.keys(variables)).toHaveLength(3);
    const valkey = config?.stores.get('valkey');
    expect(valkey?.type === 'redis' && valkey.password?.reveal()).toBe('s3cret');
  });

  test('publishes what the image exposes, and mounts the secrets that it names', () => {
    const published = [...text.matchAll(/127\.0\.0\.1:(\d+):(\d+)/g)].map((match) => match[2]);
    expect(published).toEqual(all('EXPOSE')[0]!.words);
    const secret = /^secrets:\n {2}([\w-]+):/m.exec(text)?.[1];
    expect([...text.matchAll(/\/run\/secrets\/([\w-]+)/g)].map((match) => match[1])).toEqual([secret, secret, secret]);
    expect(text).toContain('dockerfile: config/docker/Dockerfile');
  });
});
