const LONGEST = 200;

/** A reason as it may stand in a reply: one line, no control characters, not long. */
export function replyReason(reason: string): string {
  const line = reason.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
