import { serveHttp } from '#runtime/http.ts';
import { fontsBeside } from './pdf/fonts.ts';
import { documentRoutes } from './routes.ts';
import { deals } from './service.ts';
import { documentHandlers } from './use-cases/documents.ts';

export const handler = serveHttp({ service: deals, routes: documentRoutes, handlers: documentHandlers(fontsBeside(import.meta.url)) });
