/** Where to listen or connect: TCP, or a unix socket by its path. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** Where to listen: at an address, or on the sockets of this name that whoever started the process has bound. */
export type ListenAddress = Address | { readonly inherited: string };

/** host:port, [v6]:port, unix:/path or systemd:name, as the configuration writes it. */
export function formatAddress(address: ListenAddress): string {
  if ('path' in address) return `unix:${address.path}`;
  if ('inherited' in address) return `systemd:${address.inherited}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
