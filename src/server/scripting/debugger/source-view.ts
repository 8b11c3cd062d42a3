import type { ByteString } from '../../../resp/args.js';

/** The script's lines, counted from 1: where it stands, and where it is to stop. */
export class SourceView {
  current = 0;
  readonly breakpoints = new Set<number>();

  constructor(private readonly source: readonly ByteString[]) {}

  /** With "->" where it stands, and "#" where it stops. */
  line(number: number): ByteString {
    const here = number === this.current ? '->' : '  ';
    const stop = this.breakpoints.has(number) ? '#' : ' ';
    const text = this.source[number - 1] ?? '<out of range source code line>';
    return `${here}${stop}${String(number).padEnd(3)} ${text}`;
  }

  around(middle: number, context: number): ByteString[] {
    const numbers = this.source.map((_, i) => i + 1).filter((number) => Math.abs(middle - number) <= context);
    return numbers.map((number) => this.line(number));
  }

  /** `break` and its arguments: a line adds one, a negative line removes it, 0 all, none lists them. */
  changeBreakpoints([, ...words]: readonly ByteString[]): ByteString[] {
    if (words.length > 0) return words.flatMap((word) => this.changeBreakpoint(word));
    if (this.breakpoints.size === 0) return ["No breakpoints set. Use 'b <line>' to add one."];
    const lines = [...this.breakpoints].map((number) => this.line(number));
    return [`${this.breakpoints.size} breakpoints set:`, ...lines];
  }

  private changeBreakpoint(word: ByteString): ByteString[] {
    const { breakpoints } = this;
    if (!/^-?\d+$/.test(word)) return [`Invalid argument:'${word}'`];
    const number = Number(word);
    if (number === 0) {
      breakpoints.clear();
      return ['All breakpoints removed.'];
    }
    if (number < 0) {
      return [breakpoints.delete(-number) ? 'Breakpoint removed.' : 'No breakpoint in the specified line.'];
    }
    if (breakpoints.size === MAX_BREAKPOINTS) return ['Too many breakpoints set.'];
    if (number > this.source.length) return ['Wrong line number.'];
    breakpoints.add(number);
    return this.around(number, 1);
  }
}

const MAX_BREAKPOINTS = 64;
