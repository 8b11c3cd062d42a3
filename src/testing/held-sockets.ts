import type { Socket } from 'node:net';

/** Sockets from which nothing is read for a while, be it for several reasons: what is sent to them waits in the system. */
export class HeldSockets {
  private readonly sockets = new Set<Socket>();

  hold(sockets: Iterable<Socket>): void {
    for (const socket of sockets) {
      if (this.sockets.has(socket) || socket.destroyed) continue;
      this.sockets.add(socket);
      const reasons = (REASONS.get(socket) ?? 0) + 1;
      REASONS.set(socket, reasons);
      if (reasons === 1) socket.pause();
    }
  }

  release(): void {
    for (const socket of this.sockets) {
      const reasons = REASONS.get(socket)! - 1;
      REASONS.set(socket, reasons);
      if (reasons === 0 && !socket.destroyed) socket.resume();
    }
    this.sockets.clear();
  }
}

const REASONS = new WeakMap<Socket, number>();
