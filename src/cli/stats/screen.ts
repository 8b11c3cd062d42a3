import { createOutput, type Output } from '../terminal.js';

/** The other screen, no cursor, and lines that are too long are cut. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const REDRAW = '\x1b[H';
const END_OF_LINE = '\x1b[K';
const REST_OF_SCREEN = '\x1b[J';

/**
 * A page that is drawn again and again on a terminal's other screen, as `top` does; what stood there comes back at the
 * end. Lines below the last one of the screen are not shown.
 */
export class Screen implements Disposable {
  readonly #out: Output;

  constructor(out: Output) {
    this.#out = out;
    out.write(ENTER);
  }

  draw(page: (out: Output) => void): void {
    let text = '';
    const gather = createOutput(true, {}, (part) => {
      text += typeof part === 'string' ? part : Buffer.from(part).toString();
    });
    page({ ...gather, colors: this.#out.colors });
    const lines = text.trimEnd().split('\n');
    const shown = fitted(lines, this.#rows);
    this.#out.write(`${REDRAW}${shown.map((line) => `${line}${END_OF_LINE}`).join('\n')}${REST_OF_SCREEN}`);
  }

  [Symbol.dispose](): void {
    this.#out.write(LEAVE);
  }

  get #rows(): number {
    const { rows } = (this.#out.stream ?? {}) as { readonly rows?: number };
    return rows ?? Number.POSITIVE_INFINITY;
  }
}

function fitted(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const left = lines.length - rows + 1;
  return [...lines.slice(0, rows - 1), `… ${left} more lines: the terminal is too low for them`];
}
