/** How the program ends. Documented here and nowhere else; `lookupd --help` prints the table. */
export const ExitCode = {
  /** Done; found. */
  ok: 0,
  /** The answer is no: not found, `check` found errors, or entries were left out. */
  no: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** It failed, and will again as long as the data is what it is (EX_DATAERR): the key is of another type, no number. */
  permanent: 65,
  /** It failed (EX_TEMPFAIL of sysexits.h): a store did not answer, the configuration is wrong or not readable. */
  temporary: 75,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export const EXIT_CODES_HELP = `Exit codes:
  0   done, or found
  1   not found; check and serve: the configuration has errors; import and export: entries were left out
  2   wrong usage
  65  failed, and would again: the key holds another type, a counter would overflow, the store knows no such command, a line means nothing
  75  failed: a store does not answer, or the configuration has errors`;
