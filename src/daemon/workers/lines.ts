/** Whole lines out of chunks; a longer one than `LONGEST` is cut into pieces. */
export class Lines {
  readonly #onLine: (line: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF)) {
      this.#say(bytes.subarray(0, end));
      bytes = bytes.subarray(end + 1);
    }
    this.#rest = bytes;
    if (bytes.length >= LONGEST) this.end();
  }

  /** Says what has no end of line. */
  end(): void {
    this.#say(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  #say(line: Buffer): void {
    if (line.length > 0) this.#onLine(line.toString());
  }
}

const LF = 0x0a;
const LONGEST = 1_048_576;
