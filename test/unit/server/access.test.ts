import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ReplyError } from '../../../src/resp/reply.js';
import { AclStartError } from '../../../src/server/access/declared-users.js';
import { ConfigFileError, loadConfiguration } from '../../../src/server/configuration/config-file.js';
import { Server } from '../../../src/server/server.js';
import { temporaryFolder } from '../../harness/folder.js';

/** A server on a configuration, not listening; `lines` is what it logs. */
function configured(text: string): { server: Server; lines: string[] } {
  const lines: string[] = [];
  const server = new Server({
    log: (_level, line) => lines.push(line),
    configure: (configuration) => loadConfiguration(configuration, { input: text }),
  });
  return { server, lines };
}

const message = (reply: unknown) => (reply instanceof ReplyError ? reply.message : reply);

describe('users of the configuration', () => {
  it('are there once the server has started', async () => {
    const { server } = configured('user alice on >secret ~a:* +get (+set ~b:*)\nuser default on >other ~* +@all\n');
    await server.start();
    expect(server.users.lines()).toEqual([
      expect.stringMatching(/^user alice on #[0-9a-f]{64} ~a:\* resetchannels -@all \+get \(~b:\* .* \+set\)$/),
      expect.stringMatching(/^user default on sanitize-payload #[0-9a-f]{64} ~\* resetchannels \+@all$/),
    ]);
    await server.close();
  });

  it.each([
    ['user alice on\nuser alice off', "Error in user declaration 'alice': Duplicate user found"],
    ['user alice foo', "Error in user declaration 'user': Syntax error"],
    ['user alice (+get', "Unmatched parenthesis in acl selector starting at '(+get'."],
    ['user', 'Bad directive or wrong number of arguments'],
  ])('%s is refused where it stands', (text, problem) => {
    expect(() => configured(text)).toThrow(ConfigFileError);
    expect(() => configured(text)).toThrow(problem);
  });

  it('never show a password', () => {
    const text = 'user alice >geheim on foo';
    expect(() => configured(text)).toThrow(/>>> 'user \(redacted\)'/);
    expect(() => configured(text)).not.toThrow(/geheim/);
  });

  it.each([
    ['user alice +nosuch', "Error loading ACL rule '+nosuch' for the user named 'alice': Unknown command"],
    ['user "a b" on', 'Spaces not allowed in ACL usernames'],
  ])('%s keeps the server from starting', async (text, problem) => {
    const { server, lines } = configured(text);
    await expect(server.start()).rejects.toThrow(AclStartError);
    expect(lines.join('\n')).toContain(problem);
    await server.close();
  });

  it('that are disabled are worth a line in the log', async () => {
    const { server, lines } = configured('user alice >secret');
    await server.start();
    expect(lines.join()).toContain("The user 'alice' is disabled");
    await server.close();
  });

  it('and a file together are refused', async () => {
    const { server } = configured('user alice on\naclfile /nonexistent');
    await expect(server.start()).rejects.toThrow('please define either an ACL file or declare users');
    await server.close();
  });
});

describe('an ACL file', () => {
  it('is read at the start, saved and read again', async () => {
    using folder = temporaryFolder();
    const file = folder.file('users.acl');
    writeFileSync(file, 'user alice on nopass ~* +@all\n\n  user bob (+get ~x)\n');
    const { server } = configured(`aclfile ${file}`);
    await server.start();
    const session = server.session();
    expect(server.users.all().map(({ name }) => name)).toEqual(['alice', 'bob', 'default']);

    session.run('ACL', 'SETUSER', 'carol', 'on', '>geheim', '+get');
    expect(session.run('ACL', 'SAVE')).toBe('OK');
    expect(readFileSync(file, 'latin1').split('\n')).toEqual([...server.users.lines(), '']);
    expect(readFileSync(file, 'latin1')).not.toContain('geheim');
    expect(statSync(file).mode & 0o077).toBe(0);

    session.run('ACL', 'DELUSER', 'carol', 'alice');
    expect(session.run('ACL', 'LOAD')).toBe('OK');
    expect(server.users.all().map(({ name }) => name)).toEqual(['alice', 'bob', 'carol', 'default']);
    await server.close();
  });

  it('is taken as a whole or not at all', async () => {
    using folder = temporaryFolder();
    const file = folder.file('users.acl');
    writeFileSync(file, 'user default on nopass ~* &* +@all\n');
    const { server } = configured(`aclfile ${file}`);
    await server.start();
    const session = server.session();
    const lines = [
      'user new on',
      'user new on',
      'alice on',
      'user b +nosuch',
      'user c >geheim foo bar',
      'user d (+get',
    ];
    writeFileSync(file, lines.join('\n'));
    expect(message(session.run('ACL', 'LOAD'))).toBe(
      `ERR WARNING: Duplicate user 'new' found on line 2. ${file}:3 should start with user keyword followed by the username. ` +
        `${file}:4: Error in applying operation '+nosuch': Unknown command or category name in ACL. ` +
        `${file}:5: Syntax error. ${file}:6: Unmatched parenthesis in selector definition.` +
        'WARNING: ACL errors detected, no change to the previously active ACL rules was performed',
    );
    expect(server.users.all().map(({ name }) => name)).toEqual(['default']);
    await server.close();
  });

  it('that is missing keeps the server from starting', async () => {
    const { server } = configured('aclfile /nonexistent/users.acl');
    await expect(server.start()).rejects.toThrow(
      "Aborting Redis startup because of ACL errors: Error loading ACLs, opening file '/nonexistent/users.acl': No such file or directory",
    );
    await server.close();
  });
});

describe('renamed commands', () => {
  it('answer to their new name only, and keep their own in rules', () => {
    const { server } = configured('rename-command GET fetch\nrename-command FLUSHALL ""\nuser a on');
    const session = server.session();
    expect(message(session.run('GET', 'k'))).toContain("ERR unknown command 'GET'");
    expect(message(session.run('FLUSHALL'))).toContain("ERR unknown command 'FLUSHALL'");
    expect(session.run('FETCH', 'k')).toBe(null);
    session.run('ACL', 'SETUSER', 'a', '+get');
    expect(session.run('ACL', 'DRYRUN', 'a', 'fetch', 'k')).toEqual(expect.anything());
    expect(String(session.run('ACL', 'LIST'))).toContain('-@all +get');
  });

  it.each([
    ['rename-command nosuch x', 'No such command in rename-command'],
    ['rename-command get set', 'Target command name already exists'],
    ['rename-command get', 'Bad directive or wrong number of arguments'],
  ])('%s', (text, problem) => {
    expect(() => configured(text)).toThrow(problem);
  });
});

describe('the program itself', () => {
  it('is not bound by the rules of the default user', () => {
    const { server } = configured('');
    const session = server.session();
    expect(session.run('ACL', 'SETUSER', 'default', 'off', '-@all', 'resetkeys')).toBe('OK');
    expect(session.run('SET', 'k', 'v')).toBe('OK');
  });
});
