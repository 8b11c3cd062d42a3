import { type HttpAnswer, TITLES } from './protocol.js';

/**
 * Answers as Node's server writes them, for connections that are asked plainly: the same headers in the same order.
 */
export function plainAnswer({ status, headers, body }: HttpAnswer, isHead: boolean, keepAlive: string): Buffer {
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  let head = `HTTP/1.1 ${status} ${TITLES[status]}\r\nContent-Length: ${length}\r\nCache-Control: no-store\r\n`;
  for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
  head += `Keep-Alive: ${keepAlive}\r\nDate: ${httpDate(Date.now())}\r\n${KEPT}`;
  if (isHead) return Buffer.from(head, 'latin1');
  const bytes = Buffer.allocUnsafe(head.length + length);
  bytes.latin1Write(head, 0);
  if (length === text.length) bytes.latin1Write(text, head.length);
  else bytes.write(text, head.length);
  return bytes;
}

/** The answer behind which the connection is closed says so. */
export function lastAnswer(answer: Buffer): Buffer {
  const text = answer.toString('latin1');
  const keepAlive = text.indexOf('\r\nKeep-Alive:');
  const kept = text.indexOf(KEPT);
  const date = text.slice(text.indexOf('\r\n', keepAlive + 2), kept);
  return Buffer.from(
    `${text.slice(0, keepAlive)}${date}Connection: close\r\n\r\n${text.slice(kept + KEPT.length)}`,
    'latin1',
  );
}

const KEPT = 'Connection: keep-alive\r\n\r\n';

let second = -1;
let date = '';

/** Made once a second. */
function httpDate(now: number): string {
  const current = Math.floor(now / 1000);
  if (current !== second) {
    second = current;
    date = new Date(now).toUTCString();
  }
  return date;
}
