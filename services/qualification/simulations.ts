import { serveHttp } from '#runtime/http.ts';
import { simulationRoutes } from './routes.ts';
import { qualification } from './service.ts';
import { simulateCriteria } from './use-cases/simulate-criteria.ts';

/** Milliseconds; the function has 29 s and API Gateway 30. */
const patience = 20_000;

export const handler = serveHttp({
  service: qualification,
  routes: simulationRoutes,
  handlers: { simulateCriteria: simulateCriteria({ milliseconds: patience, clock: () => performance.now() }) },
});
