import type { FormInput } from '#contracts/resources/form.ts';
import { type MappedField, mapForm, theirNameOf } from '../form-fields.ts';

/** A field as the page shows it. */
export interface PageField {
  readonly field: MappedField;
  /** The name it is posted under, the sender's. */
  readonly name: string;
  readonly label: string;
  readonly control: 'input' | 'textarea' | 'country';
  readonly type: 'text' | 'email' | 'tel' | 'url';
  /** What browsers may fill it with (HTML, autofill). */
  readonly autocomplete: string | undefined;
  readonly required: boolean;
  /** Stands beside its neighbour where there is room. */
  readonly half: boolean;
}

interface Description {
  readonly field: MappedField;
  readonly label: string;
  readonly control?: PageField['control'];
  readonly type?: PageField['type'];
  readonly autocomplete?: string;
  readonly half?: boolean;
  /** Shown on every page; the others only where the form names them. */
  readonly usual?: boolean;
}

/** All but the consent, which is a box to tick. */
const descriptions: readonly Description[] = [
  { field: 'name', label: 'Full name', autocomplete: 'name' },
  { field: 'firstName', label: 'First name', autocomplete: 'given-name', half: true, usual: true },
  { field: 'lastName', label: 'Last name', autocomplete: 'family-name', half: true, usual: true },
  { field: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email', usual: true },
  { field: 'phone', label: 'Phone number', type: 'tel', autocomplete: 'tel', usual: true },
  { field: 'company', label: 'Company', autocomplete: 'organization', usual: true },
  { field: 'jobTitle', label: 'Job title', autocomplete: 'organization-title' },
  { field: 'website', label: 'Website', type: 'url', autocomplete: 'url' },
  { field: 'country', label: 'Country', control: 'country', autocomplete: 'country' },
  { field: 'interest', label: 'What are you interested in?' },
  { field: 'message', label: 'Message', control: 'textarea', usual: true },
  { field: 'referrer', label: 'How did you find us?' },
  { field: 'landingPage', label: 'Page' },
  { field: 'utm.source', label: 'Source' },
  { field: 'utm.medium', label: 'Medium' },
  { field: 'utm.campaign', label: 'Campaign' },
  { field: 'utm.term', label: 'Term' },
  { field: 'utm.content', label: 'Content' },
];

/** What a post under that name would become: the form's map may give one of our names another meaning, and the trap may have it. */
const arrivesAs = (form: FormInput, name: string, field: MappedField): boolean => mapForm(form, { [name]: 'x' }).fields.has(field);

/** Where software, not people, says where somebody came from: shown only when the form cannot do without. */
const isOrigin = (field: MappedField): boolean => field.startsWith('utm.') || field === 'referrer' || field === 'landingPage';

/** The fields of a form's page, in their order: the usual ones, and those that the form maps or requires. */
export const pageFields = (form: FormInput): readonly PageField[] => {
  const required = new Set<MappedField>(form.requiredFields ?? []);
  const mapped = Object.values(form.fieldMap ?? {}).filter((field) => !isOrigin(field));
  const named = new Set<MappedField>([...required, ...mapped]);
  // A person has one name: whole, or in its parts.
  const isWhole = named.has('name') && !named.has('firstName') && !named.has('lastName');
  const other = new Set<MappedField>(isWhole ? ['firstName', 'lastName'] : ['name']);
  // Somebody who can't be reached is no lead: an e-mail is asked for, unless the form asks for a phone number.
  if (!required.has('phone')) required.add('email');
  return descriptions
    .filter(({ field, usual }) => !other.has(field) && (usual === true || named.has(field)))
    .map((description): PageField => {
      const { field, label, control = 'input', type = 'text', autocomplete, half = false } = description;
      return { field, name: theirNameOf(form, field), label, control, type, autocomplete, required: required.has(field), half };
    })
    .filter(({ field, name }) => arrivesAs(form, name, field));
};

/** The name under which the consent's box is posted. */
export const consentName = (form: FormInput): string => theirNameOf(form, 'consent.marketing');
