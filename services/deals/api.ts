import { serveHttp } from '#runtime/http.ts';
import { handlers } from './handlers.ts';
import { apiRoutes } from './routes.ts';
import { deals } from './service.ts';

export const handler = serveHttp({ service: deals, routes: apiRoutes, handlers });
