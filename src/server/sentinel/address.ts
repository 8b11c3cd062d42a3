/** Where an instance is: as it was named, and the address that the name stands for ('' while it stands for none). */
export interface InstanceAddress {
  readonly host: string;
  readonly ip: string;
  readonly port: number;
}

/** By address, or by name where names could not be resolved. */
export function sameAddress(a: InstanceAddress, b: InstanceAddress): boolean {
  return a.port === b.port && ((a.ip !== '' && a.ip === b.ip) || a.host.toLowerCase() === b.host.toLowerCase());
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}
