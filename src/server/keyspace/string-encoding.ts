/** How OBJECT ENCODING tells a string; External is a raw one kept outside the blocks. */
export type StringEncoding = typeof Int | typeof Embstr | typeof Raw | typeof External;
export const Int = 0;
export const Embstr = 1;
export const Raw = 2;
export const External = 3;
