/** Where to listen or connect: TCP, or a unix socket by its path. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** host:port, [v6]:port or unix:/path, as the configuration writes it. */
export function formatAddress(address: Address): string {
  if ('path' in address) return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
