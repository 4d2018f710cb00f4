import { dealsRoutes } from '#contracts/routes/deals.ts';

const { getQuoteDocument, getInvoiceDocument, ...others } = dealsRoutes;

/** Served by the function `documents`. */
export const documentRoutes = { getQuoteDocument, getInvoiceDocument };

/** Served by the HTTP function of deals. */
export const apiRoutes = others;
