import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy before a server that can be cut, or can fall silent without closing anything. */
export interface TcpProxy {
  port: number;
  /** Accepts connections again after a cut. */
  open(): Promise<void>;
  cut(): void;
  fallSilent(): void;
  /** What is open stays open and carries nothing more, as when the other end is gone without a word; new ones work. */
  strand(): void;
  /** Like a network that comes back: what was open before is gone. */
  wake(): void;
}

export const createTcpProxy = async (target: URL): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  const stranded = new WeakSet<Socket>();
  let server: Server;
  let port = 0;
  let silent = false;
  const accept = (near: Socket): void => {
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('data', (chunk) => void (silent || stranded.has(one) || other.write(chunk)));
      one.on('close', () => (sockets.delete(one), other.destroy()));
      one.on('error', () => other.destroy());
    }
  };
  const open = async (): Promise<void> => {
    silent = false;
    server = createServer(accept);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  };
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  await open();
  return {
    port,
    open,
    cut() {
      server.close();
      dropAll();
    },
    fallSilent() {
      silent = true;
    },
    strand() {
      for (const socket of sockets) stranded.add(socket);
    },
    wake() {
      silent = false;
      dropAll();
    },
  };
};
