import { serveHttp } from '#runtime/http.ts';
import { documentRoutes } from './routes.ts';
import { platform } from './service.ts';
import { documentHandlers, readBeside } from './use-cases/documents.ts';

export const handler = serveHttp({
  service: platform,
  routes: documentRoutes,
  handlers: documentHandlers(readBeside(import.meta.url)),
});
