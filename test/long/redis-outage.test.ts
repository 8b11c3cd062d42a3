import { expect, test } from 'vitest';
import { parseExposition } from '../../src/cli/stats/exposition.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { startRedis } from '../harness/redis.js';
import { ServeProcess } from '../harness/serve-process.js';
import type { Wire } from '../harness/wire.js';
import { type Look, writeOutagePage } from './outage-page.js';
import { record } from './results.js';
import { PHASES, type Phase, type Question, SteadyClients } from './steady-clients.js';

/**
 * A minute of a daemon under a steady load, in which Redis is stopped and started again: no answer is wrong, those that
 * are not known are "temporary" and come soon, the log tells of it without a flood, and the metrics count what the
 * clients got. docs/outage.md is written from what was seen.
 */
const SECONDS: Readonly<Record<Phase, number>> = { before: 15, without: 25, after: 20 };
const KEYS = 50;
/** The longest a store operation may take, and what a busy machine adds. */
const DEADLINE = 4_000;
const SLACK = 2_000;

const configuration = (redis: number, ports: readonly number[]) => `[store.redis]
type = "redis"
url = "redis://127.0.0.1:${redis}"

[map.users]
store = "redis"
key = "user:%s"

[map.aliases]
store = "redis"
key = "user:%s"
[map.aliases.cache]
positive-ttl = "2s"
serve-stale = "10m"

[policy.lenient]
type = "rate-limit"
store = "redis"
key = ["sasl_username"]
rate = "1000000/1h"
on-error = "pass"

[policy.strict]
type = "rate-limit"
store = "redis"
key = ["sasl_username"]
rate = "1000000/1h"
on-error = "defer"

[server.listener.socketmap]
protocol = "socketmap"
bind = "127.0.0.1:${ports[0]}"

[server.listener.lenient]
protocol = "policy"
policies = ["lenient"]
bind = "127.0.0.1:${ports[1]}"

[server.listener.strict]
protocol = "policy"
policies = ["strict"]
bind = "127.0.0.1:${ports[2]}"

[server.listener.observe]
protocol = "http"
serve = ["metrics"]
bind = "127.0.0.1:${ports[3]}"
`;

async function askMap(wire: Wire, map: string, key: string): Promise<string> {
  const payload = `${map} ${key}`;
  wire.send(`${payload.length}:${payload},`);
  const answer = (await wire.readUntil(',')).toString();
  return answer.slice(answer.indexOf(':') + 1, -1);
}

async function askPolicy(wire: Wire, n: number): Promise<string> {
  wire.send(`request=smtpd_access_policy\nprotocol_state=RCPT\nsasl_username=user${n % KEYS}\n\n`);
  return (await wire.readUntil('\n\n')).toString().trim();
}

/** The four kinds of clients: what they ask, and what they may be answered. */
function startClients([socketmap = 0, lenient = 0, strict = 0]: readonly number[], phase: () => Phase) {
  const map = (name: string, clients: number, ask: Question['ask'], right: Question['right']) =>
    new SteadyClients(name, { port: socketmap, clients, phase }, { ask, right, temporary: /^TEMP / });
  const policy = (name: string, port: number, temporary: RegExp) =>
    new SteadyClients(name, { port, clients: 3, phase }, { ask: askPolicy, right: () => ['action=DUNNO'], temporary });
  const missing = (n: number) => n % 7 === 0;
  return {
    users: map(
      'a map',
      10,
      (wire, n) => askMap(wire, 'users', missing(n) ? 'missing' : String(n % KEYS)),
      (n) => [missing(n) ? 'NOTFOUND ' : `OK value${n % KEYS}`],
    ),
    aliases: map(
      'a map with `serve-stale`',
      5,
      (wire, n) => askMap(wire, 'aliases', String(n % KEYS)),
      (n) => [`OK value${n % KEYS}`],
    ),
    lenient: policy('a rate limit, `on-error = "pass"`', lenient, /^$/),
    strict: policy('a rate limit, `on-error = "defer"`', strict, /^action=DEFER\S* 4\.3\.0 /),
  };
}

type Clients = ReturnType<typeof startClients>;

const later = async (seconds: number) => await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

test('a minute in which Redis is stopped and started again', async () => {
  const began = performance.now();
  using folder = temporaryFolder();
  const redis = await startRedis({ directives: { appendonly: 'yes', appendfsync: 'always' } });
  try {
    for (let i = 0; i < KEYS; i++) await redis.command('SET', `user:${i}`, `value${i}`);
    const ports = await freePorts(4);
    const toml = configuration(redis.port, ports);
    await using daemon = new ServeProcess(folder.file('lookupd.toml'), toml);
    await daemon.ready(60_000);
    const looks: Look[] = [];
    const look = async (when: string) => {
      const response = await fetch(`http://127.0.0.1:${ports[3]}/metrics`);
      looks.push({ when, page: await response.text() });
    };

    let phase: Phase = 'before';
    const clients = startClients(ports, () => phase);
    const all = Object.values(clients);
    const started = daemon.output.length;
    await later(SECONDS.before);
    await look('with Redis');
    phase = 'without';
    const stopped = performance.now();
    await redis.kill();
    await later(SECONDS.without);
    await look('without');
    await redis.restart();
    phase = 'after';
    const back = performance.now();
    for (const one of all) one.mark();
    await later(SECONDS.after);
    for (const one of all) await one.stop();
    await look('with it again');

    const recovery = Math.max(...all.flatMap((one) => one.firstRight.map((at) => (at ?? Number.NaN) - back)));
    const lastTemporary = Math.max(0, ...all.map((one) => one.lastTemporary - back));
    checkAnswers(clients);
    expect(recovery).toBeLessThan(DEADLINE + SLACK);
    expect(lastTemporary).toBeLessThan(DEADLINE + SLACK);
    checkCounts(clients, looks.at(-1)!);
    const logged = daemon.output.slice(started).trimEnd().split('\n');
    // Decisions have a line each, as long as they are made.
    const lines = logged.filter((line) => !/"msg":"policy: \w+"/.test(line));
    // A first line and one every ten seconds for each of the three that fail; Redis's going and its return.
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.length).toBeLessThan(25);

    const shownPorts = ['10023', '10030', '10031', '9090'];
    writeOutagePage({
      toml,
      ports: new Map(
        [[redis.port, '6379'] as const, ...ports.map((port, i) => [port, shownPorts[i]!] as const)].map(
          ([port, shown]) => [String(port), shown],
        ),
      ),
      seconds: SECONDS,
      clients: all,
      firstTemporary: Math.min(...all.map((one) => one.firstTemporary ?? Number.POSITIVE_INFINITY)) - stopped,
      recovery,
      lastTemporary,
      looks,
      lines,
      decisions: logged.length - lines.length,
    });
    const tallies = all.flatMap((one) => PHASES.map((name) => one.tallies[name]));
    record({
      test: 'Redis stopped and started',
      did: `the daemon on redis-server, asked over socketmap and policy by ${all.reduce((sum, one) => sum + one.firstRight.length, 0)} clients; Redis is killed after ${SECONDS.before} s and started ${SECONDS.without} s later ([outage.md](outage.md))`,
      counts: {
        'right answers': tallies.reduce((sum, { right }) => sum + right, 0),
        temporary: tallies.reduce((sum, { temporary }) => sum + temporary, 0),
        wrong: 0,
        'longest answer (ms)': Math.round(Math.max(...tallies.map(({ slowest }) => slowest))),
        'all right again after (ms)': Math.round(Math.max(recovery, lastTemporary)),
        'lines of log, without decisions': lines.length,
      },
      began,
    });
  } finally {
    await redis.stop();
  }
});

function checkAnswers({ users, aliases, lenient, strict }: Clients): void {
  for (const one of [users, aliases, lenient, strict]) {
    expect(one.wrong, one.name).toEqual([]);
    expect(one.tallies.before.temporary, one.name).toBe(0);
    for (const phase of PHASES) {
      const { right, temporary, slowest } = one.tallies[phase];
      expect(right + temporary, `${one.name}, ${phase}`).toBeGreaterThan(50);
      expect(slowest, `${one.name}, ${phase}`).toBeLessThan(DEADLINE + SLACK);
    }
  }
  for (const one of [aliases, lenient]) expect(one.tallies.without.temporary, one.name).toBe(0);
  for (const one of [users, strict]) expect(one.tallies.without.temporary, one.name).toBeGreaterThan(50);
}

/** The metrics count what the clients got. */
function checkCounts({ users, aliases, lenient, strict }: Clients, { page }: Look): void {
  const samples = parseExposition(page);
  const counted = (name: string, labels: Readonly<Record<string, string>>) =>
    samples
      .filter((sample) => sample.name === name && Object.entries(labels).every(([k, v]) => sample.labels[k] === v))
      .reduce((sum, { value }) => sum + value, 0);
  const lookups = (map: string, more = {}) => counted('lookupd_lookups_total', { map, ...more });
  const decisions = (policy: string, more = {}) => counted('lookupd_policy_decisions_total', { policy, ...more });
  const temporary = (one: SteadyClients) => PHASES.reduce((sum, phase) => sum + one.tallies[phase].temporary, 0);
  expect([lookups('users'), lookups('aliases')]).toEqual([users.total, aliases.total]);
  expect([decisions('lenient'), decisions('strict')]).toEqual([lenient.total, strict.total]);
  expect(lookups('users', { result: 'temporary' })).toBe(temporary(users));
  expect(decisions('strict', { verdict: 'defer' })).toBe(temporary(strict));
  expect(counted('lookupd_store_node_connected', {})).toBe(1);
  expect(counted('lookupd_store_breaker_open', {})).toBe(0);
}
