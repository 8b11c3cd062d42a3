/**
 * Why a value is refused: parsers answer it instead of throwing. Neither text quotes any part of the value
 * that may be a secret, or that a macro may have brought in.
 */
export class Refusal {
  constructor(
    readonly message: string,
    readonly hint?: string | undefined,
  ) {}
}
