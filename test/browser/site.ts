import { once } from 'node:events';
import { createServer } from 'node:http';

/** A customer's web site, on an origin of its own. */
export interface Site {
  readonly origin: string;
  /** What its pages are, by path. */
  readonly pages: Map<string, string>;
  close(): Promise<void>;
}

export const startSite = async (): Promise<Site> => {
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? '/');
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(page ?? 'nothing here');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    pages,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};
