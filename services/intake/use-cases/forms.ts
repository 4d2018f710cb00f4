import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { defined } from '#contracts/core/json.ts';
import { Form, FormInput } from '#contracts/resources/form.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { created, noContent, ok, page } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalidField, notFound } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import { inOrder } from '../domain/canonical.ts';
import { fitsResource } from '../domain/lead.ts';
import { type FormCache, type FormRecord, formDraft, listFormItems, readFormRecord } from '../store/forms.ts';

const Writable = z.object(FormInput.shape);

/** Settings as a caller writes them, and the secret among them, which goes another way. */
const parted = ({ signingSecret, ...settings }: FormInput) => ({
  settings: defined(settings),
  secret: signingSecret === undefined ? {} : { signingSecret },
});

const assertFits = (form: Form): void => {
  if (!fitsResource(form)) throw invalidField('', 'too_big', 'a form must not exceed 64 KiB');
};

/** The form as the API answers it. */
const shown = (form: Form): Form => inOrder(Object.keys(Form.shape), form);

const requireForm = async (table: Reader, formId: string): Promise<Item<FormRecord>> => {
  const item = await readFormRecord(table, formId);
  if (item === undefined || item.data.gone !== undefined) throw notFound('There is no such form.');
  return item;
};

/** Creates a form. Output: 201, without the signing secret, which is never told again. Refusals: 422. */
export const createForm: Handler<typeof intakeRoutes.createForm> = async (request, unit) => {
  const { settings, secret } = parted(request.body);
  const form: Form = { id: unit.newId('form'), ...settings, createdAt: unit.now, updatedAt: unit.now, version: 1 };
  assertFits(form);
  const answer = created(`/v1/forms/${form.id}`, shown(form), { etag: etagOf(form) });
  await unit.commit({ writes: [{ op: 'create', item: formDraft({ form, ...secret }) }], answer });
  return answer;
};

/** A form. Refusals: 404. */
export const getForm: Handler<typeof intakeRoutes.getForm> = async (request, unit) => {
  const { form } = (await requireForm(unit.table, request.id)).data;
  return ok(shown(form), { etag: etagOf(form) });
};

/** Forms, newest first. */
export const listForms: Handler<typeof intakeRoutes.listForms> = async (request, unit) => {
  const { items, next } = await listFormItems(unit.table, request.page);
  return page({ items: items.map((item) => shown(item.data.form)), next });
};

/** Changes a form's settings; they hold within 2 s. Refusals: 404, 412, 422. */
export const updateForm =
  (cache: FormCache): Handler<typeof intakeRoutes.updateForm> =>
  async (request, unit) => {
    const item = await requireForm(unit.table, request.id);
    const before = item.data.form;
    request.assertIfMatch(before.version);
    const { id, createdAt, version } = before;
    const present = defined(z.parse(Writable, { ...before, signingSecret: item.data.signingSecret }));
    const next = defined(request.merge(present));
    if (isDeepStrictEqual(next, present)) return ok(shown(before), { etag: etagOf(before) });
    const { settings, secret } = parted(next);
    const form: Form = { id, ...settings, createdAt, updatedAt: unit.now, version: version + 1 };
    assertFits(form);
    const answer = ok(shown(form), { etag: etagOf(form) });
    await unit.commit({ writes: [{ op: 'replace', item: formDraft({ form, ...secret }), ifRev: item.rev }], answer });
    cache.forget(form.id);
    return answer;
  };

/** Deletes a form; its submissions stay. Refusals: 404, 412. */
export const deleteForm =
  (cache: FormCache): Handler<typeof intakeRoutes.deleteForm> =>
  async (request, unit) => {
    const item = await requireForm(unit.table, request.id);
    const { form } = item.data;
    request.assertIfMatch(form.version);
    const answer = noContent();
    const gone = { reason: 'deleted' as const, at: unit.now };
    await unit.commit({ writes: [{ op: 'replace', item: formDraft({ form, gone }), ifRev: item.rev }], answer });
    cache.forget(form.id);
    return answer;
  };
