import { qualificationRoutes } from '#contracts/routes/qualification.ts';

const { simulateCriteria, ...others } = qualificationRoutes;

/** Served by the function `simulations`, which takes its time. */
export const simulationRoutes = { simulateCriteria };

/** Served by qualification's HTTP function. */
export const apiRoutes = others;
