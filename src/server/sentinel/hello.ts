/** By which sentinels of the same primary find each other, and tell each other who the primary is. */
export const HELLO_CHANNEL = '__sentinel__:hello';

export interface Hello {
  readonly ip: string;
  readonly port: number;
  readonly id: string;
  readonly currentEpoch: number;
  readonly primaryName: string;
  readonly primaryHost: string;
  readonly primaryPort: number;
  readonly configEpoch: number;
}

export function formatHello(hello: Hello): string {
  const { ip, port, id, currentEpoch, primaryName, primaryHost, primaryPort, configEpoch } = hello;
  return [ip, port, id, currentEpoch, primaryName, primaryHost, primaryPort, configEpoch].join(',');
}

/** undefined for what is none. */
export function parseHello(text: string): Hello | undefined {
  const words = text.split(',');
  if (words.length !== 8) return undefined;
  const [ip = '', port, id = '', currentEpoch, primaryName = '', primaryHost = '', primaryPort, configEpoch] = words;
  return {
    ip,
    port: leadingNumber(port),
    id,
    currentEpoch: leadingNumber(currentEpoch),
    primaryName,
    primaryHost,
    primaryPort: leadingNumber(primaryPort),
    configEpoch: leadingNumber(configEpoch),
  };
}

/** As C reads a number: what is none is 0. */
export function leadingNumber(text = ''): number {
  return Number(/^\s*([+-]?\d+)/.exec(text)?.[1] ?? 0);
}
