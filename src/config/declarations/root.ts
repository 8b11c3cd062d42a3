/** The sections of a file, and those of features that are not built yet. */
export const SECTIONS: readonly string[] = [
  'store',
  'lookup',
  'file-lookup',
  'http-lookup',
  'map',
  'policy',
  'server',
  'log',
];

export const LATER_SECTIONS: readonly string[] = ['dict'];
