/** What a column may fill: a field of a lead, part of one, a full name, a second phone number, or the custom fields. */
const targets = [
  'kind',
  'name',
  'firstName',
  'lastName',
  'email',
  'phone',
  'mobile',
  'jobTitle',
  'company',
  'website',
  'country',
  'address.street',
  'address.city',
  'address.region',
  'address.postalCode',
  'socialProfiles.linkedin',
  'socialProfiles.twitter',
  'socialProfiles.facebook',
  'socialProfiles.instagram',
  'socialProfiles.skype',
  'interest',
  'message',
  'priority',
  'source',
  'campaign',
  'channel',
  'utm.source',
  'utm.medium',
  'utm.campaign',
  'utm.term',
  'utm.content',
  'referrer',
  'landingPage',
  'tags',
  'owner',
  'consent.marketing',
  'customFields',
] as const;
export type Target = (typeof targets)[number];

/**
 * Other names for them, as lead exports of Salesforce, HubSpot, Zendesk Sell and Zoho CRM head their columns (reports and API names), and
 * as people do.
 */
const otherNames: Partial<Readonly<Record<Target, readonly string[]>>> = {
  name: ['Full Name', 'Lead Name', 'Contact Name', 'Your Name'],
  firstName: ['Given Name', 'Forename'],
  lastName: ['Surname', 'Family Name'],
  email: ['E-mail', 'Email Address', 'E-mail Address', 'Work Email', 'Business Email', 'Primary Email', 'Email 1', 'Lead Email'],
  phone: ['Phone Number', 'Telephone', 'Tel', 'Business Phone', 'Work Phone', 'Office Phone', 'Primary Phone', 'Company Phone'],
  mobile: ['Mobile Phone', 'Mobile Number', 'Mobile Phone Number', 'Cell', 'Cell Phone'],
  jobTitle: ['Title', 'Designation', 'Position', 'Job Position', 'Role'],
  company: [
    'Company Name',
    'Company / Account',
    'Account',
    'Account Name',
    'Organization',
    'Organisation',
    'Organization Name',
    'Organisation Name',
    'Associated Company',
    'Primary Company',
  ],
  website: ['Website URL', 'Web', 'URL', 'Homepage', 'Company Website'],
  country: ['Country/Region', 'Country (text only)', 'Country Code', 'Mailing Country', 'Address Country'],
  'address.street': ['Street', 'Street Address', 'Address', 'Address Line 1', 'Mailing Street'],
  'address.city': ['City', 'Town', 'Mailing City'],
  'address.region': [
    'State',
    'State/Province',
    'State/Province (text only)',
    'State/Region',
    'Province',
    'Region',
    'Region/State',
    'County',
    'State Code',
    'Address State',
  ],
  'address.postalCode': ['Zip', 'Zip Code', 'Zip/Postal Code', 'Zip/Post Code', 'Postal Code', 'Postcode', 'Post Code'],
  'socialProfiles.linkedin': ['LinkedIn', 'LinkedIn URL', 'LinkedIn Profile', 'LinkedIn Bio'],
  'socialProfiles.twitter': ['Twitter', 'Twitter Username', 'Twitter Handle'],
  'socialProfiles.facebook': ['Facebook', 'Facebook URL'],
  'socialProfiles.instagram': ['Instagram'],
  'socialProfiles.skype': ['Skype', 'Skype ID'],
  interest: ['Product Interest', 'Interested In', 'Product'],
  message: ['Description', 'Comments', 'Comment', 'Notes', 'Note', 'Inquiry'],
  source: ['Lead Source', 'Original Source', 'Original Traffic Source'],
  campaign: ['Campaign Name', 'Lead Campaign', 'Campaign Source'],
  tags: ['Tag', 'Labels'],
  owner: ['Lead Owner', 'Contact Owner', 'Record Owner', 'Owner Name', 'Assigned To'],
  'consent.marketing': ['Marketing Consent', 'Email Opt In', 'Opt In', 'Newsletter'],
  referrer: ['Referrer URL'],
};

/** `First Name`, `FIRST_NAME` and `firstName` are one. */
const folded = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');

const known: ReadonlyMap<string, Target> = new Map(
  targets.flatMap((target) => [target, ...(otherNames[target] ?? [])].map((name) => [folded(name), target] as const)),
);

/** A column of the file: its name, distinct in the file, and what it fills. `customFields` go under `name`. */
export interface Column {
  readonly name: string;
  readonly target: Target;
}

/** Whether a column may fill it. */
export const isTarget = (name: string): name is Target => targets.some((target) => target === name);

/** One `their:ours` of a caller; undefined when it is none. Their name may contain colons. */
export const readMapping = (text: string): { readonly theirs: string; readonly ours: Target } | undefined => {
  const colon = text.lastIndexOf(':');
  const theirs = text.slice(0, Math.max(colon, 0)).trim();
  const ours = text.slice(colon + 1).trim();
  const target = isTarget(ours) ? ours : known.get(folded(ours));
  return colon < 0 || theirs === '' || target === undefined ? undefined : { theirs, ours: target };
};

const customPrefix = /^customFields\.(?=.)/i;

const distinct = (names: readonly string[]): string[] => {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let number = 2; taken.has(own); number += 1) own = `${name} (${number})`;
    taken.add(own);
    return own;
  });
};

/** Names that custom fields may have: a line of at most 100 characters. */
const cleaned = (name: string, index: number): string => {
  const line = name
    .normalize('NFC')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 90)
    .toWellFormed()
    .trim();
  return line === '' || line === '__proto__' ? `Column ${index + 1}` : line;
};

/** What each column of a header fills: what the caller's mapping says, else what is known by the name, else the custom fields. */
export const columnsOf = (header: readonly string[], mapping: readonly { readonly theirs: string; readonly ours: Target }[]): Column[] => {
  const exact = new Map(mapping.map(({ theirs, ours }) => [theirs, ours]));
  const loose = new Map(mapping.map(({ theirs, ours }) => [folded(theirs), ours]));
  const names = distinct(header.map(cleaned));
  return header.map((cell, index): Column => {
    const name = names[index] ?? cell;
    const said = exact.get(cell.trim()) ?? loose.get(folded(cell));
    if (said === undefined && customPrefix.test(name)) return { name: name.replace(customPrefix, ''), target: 'customFields' };
    return { name, target: said ?? known.get(folded(cell)) ?? 'customFields' };
  });
};

/** Mappings that name no column of the file. */
export const unusedMappings = (header: readonly string[], mapping: readonly { readonly theirs: string }[]): string[] => {
  const there = new Set(header.map(folded));
  return mapping.map(({ theirs }) => theirs).filter((theirs) => !there.has(folded(theirs)));
};

const reachable: readonly Target[] = ['email', 'phone', 'mobile', 'name', 'lastName', 'company'];

/** Whether any row could become a lead. */
export const canMakeLeads = (columns: readonly Column[]): boolean => columns.some(({ target }) => reachable.includes(target));
