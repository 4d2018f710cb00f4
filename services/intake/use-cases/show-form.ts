import type { intakeRoutes } from '#contracts/routes/intake.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { FormCache } from '../store/forms.ts';

/** The form as a page. Only forms that read fields by name have one. Refusals: 404, for people a page as well. */
export const showForm =
  (forms: FormCache): Handler<typeof intakeRoutes.showForm> =>
  async (request, unit) => {
    const active = await forms.active(unit.table, request.id);
    const { emptyPage, missingPage } = await import('./hosted-pages.ts');
    if (active?.form.format === 'generic') return emptyPage(active.form, request);
    if (!(request.header('accept') ?? '').toLowerCase().includes('text/html')) throw notFound('There is no such form.');
    return missingPage(request);
  };
