import { describe, expect, it } from 'vitest';
import { listenAsConfigured } from '../../src/server/launch.js';
import { Server } from '../../src/server/server.js';
import { freePorts } from '../harness/ports.js';
import { RawClient } from '../harness/raw-client.js';

async function listening(use: (server: Server, port: number, spare: number) => Promise<void>): Promise<void> {
  const [port = 0, spare = 0] = await freePorts(2);
  const server = await Server.start({ directives: { port: String(port), bind: '127.0.0.1' } });
  try {
    await listenAsConfigured(server);
    await use(server, port, spare);
  } finally {
    await server.close();
  }
}

async function ask(port: number, ...words: readonly string[]): Promise<string> {
  const client = await RawClient.connect(port);
  try {
    return (await client.ask(words)).toString();
  } finally {
    client.close();
  }
}

const set = (port: number, ...words: readonly string[]) => ask(port, 'CONFIG', 'SET', ...words);

describe('CONFIG SET moves the listening sockets', () => {
  it('to another port, and connections live on', async () => {
    await listening(async (_, port, spare) => {
      const client = await RawClient.connect(port);
      expect((await client.ask(['CONFIG', 'SET', 'port', String(spare)])).toString()).toBe('+OK\r\n');
      expect(await ask(spare, 'PING')).toBe('+PONG\r\n');
      await expect(ask(port, 'PING')).rejects.toThrow(/ECONNREFUSED/);
      expect((await client.ask(['PING'])).toString()).toBe('+PONG\r\n');
      client.close();
    });
  });

  it('not to a port that is taken: nothing changes, nor what was set along with it', async () => {
    await listening(async (server, port, spare) => {
      const other = await Server.start();
      try {
        await other.listen({ port: spare });
        expect(await set(port, 'maxmemory', '10000001', 'port', String(spare), 'timeout', '7')).toBe(
          "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n",
        );
      } finally {
        await other.close();
      }
      const values = ['port', 'maxmemory', 'timeout'].map((name) => server.configuration.get(name));
      expect(values).toEqual([String(port), '0', '0']);
      expect(await ask(port, 'PING')).toBe('+PONG\r\n');
    });
  });

  it('to other addresses of the same port, and back when one cannot be had', async () => {
    await listening(async (server, port) => {
      expect(await set(port, 'bind', '* -::*')).toBe('+OK\r\n');
      expect(await set(port, 'bind', '999.999.999.999')).toBe(
        "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n",
      );
      expect(server.configuration.get('bind')).toBe('* -::*');
      expect(await ask(port, 'PING')).toBe('+PONG\r\n');
      expect(await set(port, 'bind', '')).toBe('+OK\r\n');
      await expect(ask(port, 'PING')).rejects.toThrow(/ECONNREFUSED/);
    });
  });

  it('with TLS settings that cannot be used nothing changes', async () => {
    await listening(async (server, port, spare) => {
      expect(await set(port, 'tls-port', String(spare))).toBe(
        "-ERR CONFIG SET failed (possibly related to argument 'tls-port') - Unable to update TLS configuration. Check server logs.\r\n",
      );
      expect(server.configuration.get('tls-port')).toBe('0');
    });
  });

  it('not in a transaction', async () => {
    await listening(async (_, port, spare) => {
      const client = await RawClient.connect(port);
      client.send(['MULTI'], ['CONFIG', 'SET', 'port', String(spare)], ['EXEC']);
      const [, , replies] = await client.take(3);
      expect(replies!.toString()).toContain("possibly related to argument 'port'");
      client.close();
    });
  });
});
