import type { MappedField } from '../form-fields.ts';

/** One answer in a vendor's payload. */
export interface VendorAnswer {
  /** What the form's owner, or the vendor, calls the field: a `ref`, a key, a column id. */
  readonly names: readonly string[];
  /** The question as people read it. */
  readonly label: string;
  /** What the field's type says that it is. */
  readonly meaning?: MappedField | undefined;
  /** Choices as their texts. */
  readonly value: unknown;
}

/** What a vendor's webhook delivers. */
export interface Delivery {
  /** The vendor's id of the response: a redelivery has the same. */
  readonly id: string | undefined;
  readonly isTest: boolean;
  readonly answers: readonly VendorAnswer[];
}
