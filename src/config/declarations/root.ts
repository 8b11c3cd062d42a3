/** The sections of a file. */
export const SECTIONS: readonly string[] = [
  'store',
  'lookup',
  'file-lookup',
  'http-lookup',
  'map',
  'policy',
  'dict',
  'server',
  'log',
];
