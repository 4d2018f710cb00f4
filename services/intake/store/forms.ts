import type { Gone } from '#contracts/records/gone.ts';
import type { Form } from '#contracts/resources/form.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item } from '#table/item.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { Page } from '#table/table.ts';

/** A form's record. A deleted form keeps its settings, so that spam kept from it can still be released. */
export interface FormRecord {
  readonly form: Form;
  /** Beside the form rather than in it, so that nothing that shows a form can show it. */
  readonly signingSecret?: string;
  readonly gone?: Gone;
}

const list = partition('intake', 'forms');

export const formDraft = (record: FormRecord): Draft<FormRecord> => ({
  pk: partition('intake', 'form', record.form.id),
  sk: 'record',
  kind: 'form',
  data: record,
  ...(record.gone === undefined
    ? { indexes: { gsi1: { pk: shardPartition(list, record.form.id), sk: `${record.form.createdAt}#${record.form.id}` } } }
    : {}),
});

/** The form's record, also of a deleted one. */
export const readFormRecord = (table: Reader, formId: string): Promise<Item<FormRecord> | undefined> =>
  table.get<FormRecord>({ pk: partition('intake', 'form', formId), sk: 'record' });

export const listFormItems = (
  table: Reader,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<Page<FormRecord>> =>
  table.list<FormRecord>({
    partitions: shardPartitions(list),
    index: 'gsi1',
    descending: true,
    limit: page.limit,
    ...(page.after === undefined ? {} : { after: page.after }),
  });

// A change shows within 2 s, which is what the contract promises of anything that isn't read by id (section 1, Freshness).
const cachedMilliseconds = 2_000;
const mostCached = 1_000;

/** A form that takes submissions. */
export interface ActiveForm {
  readonly form: Form;
  readonly signingSecret: string | undefined;
}

/** Settings of forms that take submissions, in the memory of one function instance: a busy form costs no read per submission. */
export interface FormCache {
  /** The settings, undefined when there is no such form or it doesn't take submissions; that is never remembered. */
  active(table: Reader, formId: string): Promise<ActiveForm | undefined>;
  /** A change through this instance shows at once. */
  forget(formId: string): void;
}

export const formCache = (now: () => number): FormCache => {
  const known = new Map<string, { readonly active: ActiveForm; readonly until: number }>();
  return {
    active: async (table, formId) => {
      const cached = known.get(formId);
      if (cached !== undefined && now() < cached.until) return cached.active;
      known.delete(formId);
      const item = await readFormRecord(table, formId);
      if (item === undefined || item.data.gone !== undefined || !item.data.form.active) return undefined;
      if (known.size >= mostCached) known.clear();
      const active = { form: item.data.form, signingSecret: item.data.signingSecret };
      known.set(formId, { active, until: now() + cachedMilliseconds });
      return active;
    },
    forget: (formId) => {
      known.delete(formId);
    },
  };
};
