import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { defined } from '#contracts/core/json.ts';
import { Submission } from '#contracts/resources/form.ts';
import { removed } from '#runtime/erasure.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft, Item } from '#table/item.ts';
import type { ItemRange } from '#table/item-range.ts';
import { partition, shardPartition, shardPartitions } from '#table/keys.ts';
import type { Page } from '#table/table.ts';
import type { Refusal, Write } from '#table/transaction.ts';
import { canonicalJson, digestOf, inOrder } from '../domain/canonical.ts';

/** What is stored of a submission: what follows from the rest is left out, for a write unit is a kilobyte. */
type SubmissionRecord = Omit<Submission, 'id' | 'createdAt' | 'updatedAt' | 'version' | 'payload'> & {
  readonly payload?: Submission['payload'];
  /** A long payload: its JSON by Brotli, as base64. Vendors send the questions with every answer, and each kilobyte is written three times. */
  readonly packed?: string;
  readonly changed?: { readonly at: string; readonly version: number };
};

const list = partition('intake', 'submissions');
const sameContentSeconds = 600;

const idOf = (pk: string): string => pk.slice(pk.lastIndexOf('#') + 1);

/** Bytes of JSON from which packing saves more than it costs. */
const packedFrom = 1_024;

// Under a millisecond; the best takes ten.
const params = { [constants.BROTLI_PARAM_QUALITY]: 7 };

const packed = (payload: Submission['payload']): Pick<SubmissionRecord, 'payload' | 'packed'> => {
  const json = JSON.stringify(payload);
  return Buffer.byteLength(json) < packedFrom ? { payload } : { packed: brotliCompressSync(json, { params }).toString('base64') };
};

const unpacked = (payload: Submission['payload'] | undefined, text: string | undefined): Submission['payload'] =>
  text === undefined ? (payload ?? {}) : JSON.parse(brotliDecompressSync(Buffer.from(text, 'base64')).toString());

/** Partition (gsi2) of what came from an address and made no lead: whoever is to be erased is found there too. */
const leadlessOf = (email: string): string => partition('intake', 'leadless', email);

/** `email`: of spam and tests, the address it gives, for no touch of a lead will lead to it. */
export const submissionDraft = (submission: Submission, email?: string): Draft<SubmissionRecord> => {
  const { id, createdAt, updatedAt, version, payload, ...rest } = submission;
  return {
    pk: partition('intake', 'submission', id),
    sk: 'record',
    kind: 'submission',
    data: defined({ ...rest, ...packed(payload), ...(version === 1 ? {} : { changed: { at: updatedAt, version } }) }),
    indexes: {
      gsi1: { pk: shardPartition(list, id), sk: `${createdAt}#${id}` },
      ...(email === undefined ? {} : { gsi2: { pk: leadlessOf(email), sk: id } }),
    },
  };
};

/** Where submissions of an address are that made no lead. */
export const leadlessSubmissions = (email: string): ItemRange => ({ partition: leadlessOf(email), index: 'gsi2' });

/** Takes a submission away, and with it that the same content would be taken for the same submission: whoever comes back is new. */
export const removeSubmission = (item: Item<SubmissionRecord>, now: string): Write[] => {
  const { formId, payload, receivedAt } = submissionOf(item);
  const isRemembered = Date.parse(receivedAt) + sameContentSeconds * 1000 > Date.parse(now);
  return [
    removed(item),
    ...(isRemembered ? [{ op: 'delete' as const, key: { pk: contentPartition(formId, payload), sk: 'receipt' } }] : []),
  ];
};

export const submissionOf = ({ pk, data }: Item<SubmissionRecord>): Submission => {
  const { changed, payload, packed: text, ...rest } = data;
  return inOrder(Object.keys(Submission.shape), {
    id: idOf(pk),
    ...rest,
    payload: unpacked(payload, text),
    createdAt: rest.receivedAt,
    updatedAt: changed?.at ?? rest.receivedAt,
    version: changed?.version ?? 1,
  });
};

export const readSubmission = (table: Reader, id: string): Promise<Item<SubmissionRecord> | undefined> =>
  table.get<SubmissionRecord>({ pk: partition('intake', 'submission', id), sk: 'record' });

export const listSubmissionItems = (
  table: Reader,
  filter: { readonly formId?: string | undefined; readonly status?: Submission['status'] | undefined },
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<Page<SubmissionRecord>> =>
  table.list<SubmissionRecord>({
    partitions: shardPartitions(list),
    index: 'gsi1',
    descending: true,
    limit: page.limit,
    ...(page.after === undefined ? {} : { after: page.after }),
    ...(filter.formId === undefined && filter.status === undefined
      ? {}
      : {
          keep: ({ data }) =>
            (filter.formId === undefined || data.formId === filter.formId) &&
            (filter.status === undefined || data.status === filter.status),
        }),
  });

/** What the sender of a form is told. */
export interface Receipt {
  readonly submissionId: string;
  readonly receivedAt: string;
}

/** What two submissions of a form have in common that are one: the same content within 10 minutes, or a vendor's id for good. */
export type Sameness = { readonly content: unknown } | { readonly deliveryId: string; readonly status: Submission['status'] };

/** Refuses what was submitted before; `refuse` is given the first receipt. */
export const onceGuard = (formId: string, sameness: Sameness, receipt: Receipt, refuse: (first: Receipt) => Error): Write => {
  const refusal: Refusal = (standing) => {
    const first = standing === undefined ? undefined : receiptOf(standing.data);
    return first === undefined ? undefined : refuse(first);
  };
  const isDelivery = 'deliveryId' in sameness;
  const pk = isDelivery
    ? partition('intake', 'delivery', digestOf(formId, sameness.status, sameness.deliveryId))
    : contentPartition(formId, sameness.content);
  const expiresAt = Math.floor(Date.parse(receipt.receivedAt) / 1000) + sameContentSeconds;
  return {
    op: 'create',
    item: { pk, sk: 'receipt', kind: 'receipt', data: receipt, ...(isDelivery ? {} : { expiresAt }) },
    refuse: refusal,
  };
};

const contentPartition = (formId: string, content: unknown): string =>
  partition('intake', 'content', digestOf(formId, canonicalJson(content)));

const receiptOf = (data: unknown): Receipt | undefined =>
  typeof data === 'object' &&
  data !== null &&
  'submissionId' in data &&
  typeof data.submissionId === 'string' &&
  'receivedAt' in data &&
  typeof data.receivedAt === 'string'
    ? { submissionId: data.submissionId, receivedAt: data.receivedAt }
    : undefined;
