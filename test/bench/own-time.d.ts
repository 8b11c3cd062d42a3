export declare class OwnTime {
  start(): void;
  stop(): { readonly turn: number; readonly own: number; readonly processor: number };
}
