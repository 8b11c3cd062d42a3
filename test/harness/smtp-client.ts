import { Wire } from './wire.js';

/** A mail server that delivers mail. */
export class SmtpClient {
  private constructor(private readonly wire: Wire) {}

  /** Connected, and greeted. */
  static async connect(port: number): Promise<SmtpClient> {
    const wire = await Wire.connect({ host: '127.0.0.1', port });
    await readReply(wire);
    const client = new SmtpClient(wire);
    await client.say('EHLO client.test');
    return client;
  }

  /** The reply's last line. */
  say(line: string): Promise<string> {
    this.wire.send(`${line}\r\n`);
    return readReply(this.wire);
  }

  /** What is said to the recipient; then the mail is forgotten. */
  async recipient(sender: string, recipient: string): Promise<string> {
    await this.say(`MAIL FROM:<${sender}>`);
    const reply = await this.say(`RCPT TO:<${recipient}>`);
    await this.say('RSET');
    return reply;
  }

  close(): void {
    this.wire.close();
  }
}

async function readReply(wire: Wire): Promise<string> {
  for (;;) {
    const line = (await wire.readUntil('\r\n')).toString().trimEnd();
    if (line[3] !== '-') return line;
  }
}
