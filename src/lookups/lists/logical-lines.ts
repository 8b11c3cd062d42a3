import { type Line, trimSpace, WHITE_SPACE, type WrongLine, wrong } from './records.js';

/**
 * Postfix's logical lines: one that starts with a space continues the one before; empty lines and comments are
 * left out, in the middle of a logical line too. Spaces stay, line ends go.
 */
export class LogicalLines {
  #parts: string[] = [];
  #first: Line | undefined;

  /** The logical line that the given one ends. */
  push(line: Line): Line | WrongLine | undefined {
    const said = trimSpace(line.text);
    if (said === '' || said.startsWith('#')) return undefined;
    if (WHITE_SPACE.includes(line.text[0] as string)) {
      if (this.#first === undefined) return wrong(line, 'a line that starts with a space continues the one before');
      this.#parts.push(line.text);
      return undefined;
    }
    const complete = this.end();
    this.#first = line;
    this.#parts = [line.text];
    return complete;
  }

  end(): Line | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first && { ...first, text: this.#parts.join('') };
  }
}
