import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PYTHON } from './programs.js';
import { until } from './until.js';

/** Receives as systemd does, and tells each message; what comes along (the barrier's descriptor) is closed. */
const RECEIVER = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print(json.dumps('bound'), flush=True)
while True:
    print(json.dumps(receiver.recv(65536).decode()), flush=True)
`;

/** A socket for NOTIFY_SOCKET: Node cannot listen on one for datagrams. */
export class NotifySocket {
  /** Every message that came, by its assignments; systemd-notify's barrier left out. */
  readonly messages: Readonly<Record<string, string>>[] = [];
  readonly #child: ChildProcess;
  #rest = '';
  #isBound = false;

  private constructor(readonly path: string) {
    this.#child = spawn(PYTHON, ['-c', RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
  }

  static async open(path: string): Promise<NotifySocket> {
    const socket = new NotifySocket(path);
    await until(() => socket.#isBound, 'the notify socket is bound');
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines.map((one) => JSON.parse(one) as string)) {
      if (!this.#isBound) this.#isBound = true;
      else if (!line.startsWith('BARRIER=')) this.messages.push(assignmentsOf(line));
    }
  }
}

function assignmentsOf(message: string): Record<string, string> {
  const lines = message.split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
