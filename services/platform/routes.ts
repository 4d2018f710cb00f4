import { platformRoutes } from '#contracts/routes/platform.ts';

const { getOpenApi, getAsyncApi, getReference, ...others } = platformRoutes;

/** Served by the function `docs`, which carries the documents with it. */
export const documentRoutes = { getOpenApi, getAsyncApi, getReference };

/** Served by platform's HTTP function. */
export const apiRoutes = others;
