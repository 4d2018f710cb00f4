import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImportAdvanced } from '#contracts/events/intake.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { serveIntake } from './api.ts';
import { consumeForIntake } from './events.ts';

const open = () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveIntake(edge));
  const consume = consumeForIntake(edge);
  const go = async (importId: string, run: number): Promise<number> => {
    const event = busEvent({ source: 'intake', contract: ImportAdvanced, subject: importId, sequence: run, data: { importId, run } });
    return (await consume(queueEvent([event]), testContext())).batchItemFailures.length;
  };
  const send = (csv: string | Uint8Array, query = '') =>
    call('POST', `/v1/imports${query}`, { body: csv, headers: { 'content-type': 'text/csv' } });
  /** Sends the file, works it off, and gives the import, its rejections and the leads, oldest first. */
  const run = async (csv: string | Uint8Array, query = '') => {
    const answer = await send(csv, query);
    expect(answer.status).toBe(202);
    const { id } = answer.body;
    expect(await go(id, 1)).toBe(0);
    return {
      id,
      done: (await call('GET', `/v1/imports/${id}`)).body,
      rejections: (await call('GET', `/v1/imports/${id}/rejections?limit=100`)).body.data,
      leads: (await call('GET', '/v1/leads?sort=createdAt&limit=100')).body.data,
    };
  };
  return { edge, call, go, send, run };
};

const problemsOf = async (csv: string | Uint8Array, query = '') => {
  const answer = await open().send(csv, query);
  return { status: answer.status, errors: answer.body.errors as { pointer: string; code: string; detail: string }[] };
};

describe('an import', () => {
  it('is accepted whole, worked off in the background, listed, and says how far it is', async () => {
    const { call, go, send } = open();
    const answer = await send('email,Last Name\na@example.com,A\nb@example.com,B\n');
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toBe(`/v1/imports/${answer.body.id}`);
    expect(answer.body).toMatchObject({ status: 'queued', total: 2, processed: 0, created: 0, merged: 0, rejected: 0 });
    expect((await call('GET', '/v1/leads')).body.data).toEqual([]);
    await go(answer.body.id, 1);
    const done = (await call('GET', `/v1/imports/${answer.body.id}`)).body;
    expect(done).toMatchObject({ status: 'done', total: 2, processed: 2, created: 2, finishedAt: expect.any(String) });
    expect((await call('GET', '/v1/imports')).body.data).toEqual([done]);
    expect((await call('GET', '/v1/leads')).body.data).toHaveLength(2);
    expect((await call('GET', '/v1/leads?channel=import&source=import')).body.data).toHaveLength(2);
    expect((await call('GET', '/v1/imports/imp_01ARZ3NDEKTSV4RRFFQ69G5FAV')).status).toBe(404);
  });

  it('takes its rows in the order of the file: a person who comes twice is one lead with two touches', async () => {
    const { done, leads } = await open().run('email,lastName,company,tags\nA@example.com,First,,x\na@example.com,Second,Acme,"y, z"\n');
    expect(done).toMatchObject({ created: 1, merged: 1, rejected: 0 });
    expect(leads).toMatchObject([{ lastName: 'First', company: 'Acme', tags: ['x', 'y', 'z'], touches: 2 }]);
  });

  it('rejects known addresses when asked to, and what is no lead, naming row, column and reason', async () => {
    const { call, run } = open();
    const known = (await call('POST', '/v1/leads', { body: { email: 'known@example.com' } })).body;
    const { done, rejections } = await run(
      'E-Mail,First Name,Priority,Note\nknown@example.com,K,,\n\nnonsense,N,,\n,Only,,\nok@example.com,O,urgent,\nlong@example.com,L,,,,extra\nfine@example.com,F,High,hello\n',
      '?onDuplicate=reject',
    );
    expect(done).toMatchObject({ total: 6, processed: 6, created: 1, merged: 0, rejected: 5 });
    expect(rejections.map(({ row, errors }: { row: number; errors: object[] }) => [row, errors])).toEqual([
      [1, [{ pointer: '', code: 'duplicate', detail: `A lead with this e-mail exists already. It is ${known.id}.` }]],
      [3, [{ pointer: '/E-Mail', code: 'invalid_format', detail: 'is not a valid e-mail address' }]],
      [4, [expect.objectContaining({ pointer: '', code: 'contact_missing' })]],
      [5, [{ pointer: '/Priority', code: 'invalid_value', detail: 'must be one of "low", "normal", "high"' }]],
      [6, [{ pointer: '', code: 'too_many_cells', detail: 'cell 6 is beyond the 4 columns of the header' }]],
    ]);
    expect(rejections[1].values).toEqual({ 'E-Mail': 'nonsense', 'First Name': 'N', Priority: '', Note: '' });
  });

  it.each([
    [
      'a byte order mark, CRLF and quoted newlines',
      '\ufeffEmail,Message\r\n"a@example.com","one\r\ntwo ""three"""\r\n',
      'one\ntwo "three"',
    ],
    ['semicolons', 'Email;Message\na@example.com;"one; two, three"\n', 'one; two, three'],
    ['tabs', 'Email\tMessage\na@example.com\tone, two\n', 'one, two'],
    ["Excel's separator line", 'sep=;\r\nEmail;Message\r\na@example.com;x\r\n', 'x'],
    ['old line ends', 'Email,Message\ra@example.com,x\r', 'x'],
    ['formulas, kept as text', 'Email,Message\na@example.com,"=HYPERLINK(""http://x"")"\n', '=HYPERLINK("http://x")'],
    ['stray quotes', 'Email,Message\na@example.com,a 5" pipe\n', 'a 5" pipe'],
    ['short rows and blank ones', 'Email,Message,Company\n,,\na@example.com,x\n\n', 'x'],
  ])('reads %s', async (_, csv, message) => {
    const { done, leads } = await open().run(csv);
    expect(done).toMatchObject({ total: 1, created: 1, rejected: 0 });
    expect(leads).toMatchObject([{ email: 'a@example.com', message }]);
  });

  it('says clearly what is wrong with a file that it cannot take', async () => {
    const latin1 = await problemsOf(Buffer.from('Email,Name\na@example.com,Ren\u00e9e\n', 'latin1'));
    expect(latin1).toMatchObject({
      status: 422,
      errors: [{ code: 'not_utf8', detail: expect.stringMatching(/line 2 looks like Latin-1/) }],
    });
    const utf16 = await problemsOf(Buffer.from('\ufeffEmail\na@example.com\n', 'utf16le'));
    expect(utf16.errors[0]?.detail).toMatch(/UTF-16/);
    expect((await problemsOf('')).errors[0]?.code).toBe('empty');
    const unclosed = await problemsOf('Email,Name\na@example.com,A\nb@example.com,"B\nc@example.com,C\n');
    expect(unclosed).toMatchObject({
      status: 422,
      errors: [{ code: 'unreadable_csv', detail: expect.stringMatching(/after row 1 is not closed/) }],
    });
    const nobody = await problemsOf('Colour,Size\nred,7\n');
    expect(nobody.errors[0]?.detail).toMatch(/The columns are: Colour, Size/);
    expect(await problemsOf('Email\nx@example.com\n', '?map=Mail:email')).toMatchObject({
      status: 422,
      errors: [{ code: 'unknown_column' }],
    });
    for (const map of ['Email', ':email', 'Email:score']) expect((await problemsOf('Email\n', `?map=${map}`)).status).toBe(400);
    expect((await open().send('x'.repeat(4 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await open().call('POST', '/v1/imports', { body: { a: 1 } })).status).toBe(415);
  });

  it.each([
    [
      'Salesforce',
      'First Name,Last Name,Title,Company / Account,Lead Source,Street,City,State/Province,Zip/Postal Code,Country,Rating,Phone,Mobile,Email,Lead Owner,Description,Annual Revenue',
      'Ada,Lovelace,CTO,Acme,Web,1 Road,London,LDN,N1,United Kingdom,Hot,(020) 7946 0958,+44 7700 900123,ada@acme.example,Sam,Hello,100000',
      {
        source: 'Web',
        owner: 'Sam',
        message: 'Hello',
        country: 'United Kingdom',
        address: { street: '1 Road', city: 'London', region: 'LDN', postalCode: 'N1' },
        customFields: { Rating: 'Hot', Mobile: '+44 7700 900123', 'Annual Revenue': '100000' },
      },
    ],
    [
      'HubSpot',
      'Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Company Name,Job Title,Country/Region,City,Website URL,Message',
      '151,Ada,Lovelace,ada@acme.example,+44 20 7946 0958,Sam,New,Acme,CTO,United Kingdom,London,acme.example,Hello',
      {
        owner: 'Sam',
        message: 'Hello',
        website: 'acme.example',
        address: { city: 'London' },
        customFields: { 'Record ID': '151', 'Lead Status': 'New' },
      },
    ],
    [
      'Zendesk Sell',
      'id,first_name,last_name,title,organization_name,status,email,phone,mobile,linkedin,address,city,postal_code,address_state,country,description,tags,owner,source',
      '7,Ada,Lovelace,CTO,Acme,New,ada@acme.example,,+44 20 7946 0958,https://linkedin.com/in/ada,1 Road,London,N1,LDN,United Kingdom,Hello,"vip,fair",Sam,Fair',
      {
        source: 'Fair',
        tags: ['vip', 'fair'],
        socialProfiles: { linkedin: 'https://linkedin.com/in/ada' },
        phone: '+44 20 7946 0958',
        address: { street: '1 Road', city: 'London', region: 'LDN', postalCode: 'N1' },
      },
    ],
    [
      'Zoho',
      'Record Id,Lead Owner,Company,First Name,Last Name,Designation,Email,Phone,Website,Lead Source,Lead Status,No. of Employees,Street,City,State,Zip Code,Country,Description,Tag,Twitter',
      'zcrm_1,Sam,Acme,Ada,Lovelace,CTO,ada@acme.example,+44 20 7946 0958,acme.example,Trade Show,Contacted,40,1 Road,London,LDN,N1,United Kingdom,Hello,vip,ada',
      {
        source: 'Trade Show',
        tags: ['vip'],
        socialProfiles: { twitter: 'ada' },
        customFields: { 'Record Id': 'zcrm_1', 'Lead Status': 'Contacted', 'No. of Employees': '40' },
      },
    ],
  ])('recognises the columns of a lead export of %s', async (_, header, row, expected) => {
    const { leads } = await open().run(`${header}\n${row}\n`);
    expect(leads).toMatchObject([
      {
        firstName: 'Ada',
        lastName: 'Lovelace',
        jobTitle: 'CTO',
        company: 'Acme',
        email: 'ada@acme.example',
        phoneE164: '+442079460958',
        ...expected,
      },
    ]);
  });

  it('takes the mapping that it is told, and puts other columns into custom fields without ever rejecting a row for them', async () => {
    const wide = Array.from({ length: 60 }, (_, i) => `c${i}`);
    const { done, leads } = await open().run(
      `Kunde: Mail,Anrede,Kunde,Title,,Kunde,${wide.join(',')}\nada@example.com,Frau,Ada King Lovelace,Dr.,?,doppelt,${wide.map(() => '\u0001y'.repeat(200)).join(',')}\n`,
      `?map=${encodeURIComponent('Kunde: Mail:email')}&map=Kunde:name&map=Title:customFields`,
    );
    expect(done.rejected).toBe(0);
    expect(leads[0]).toMatchObject({ email: 'ada@example.com', firstName: 'Ada King', lastName: 'Lovelace' });
    expect(leads[0].customFields).toMatchObject({ Anrede: 'Frau', Title: 'Dr.', 'Column 5': '?', 'Kunde (2)': 'doppelt' });
    expect(Object.keys(leads[0].customFields)).toHaveLength(50);
  });

  it('knows in each step whom the step before took in, and whom others took in while it looked ahead', async () => {
    const { edge, call, go, send } = open();
    // Each person comes twice, 24 rows apart at most: in one step, in two that follow each other, and across the end of both.
    const rows = Array.from({ length: 96 }, (_, i) => `p${Math.floor(i / 32)}-${i % 16}@example.com,P${i}`);
    const { id } = (await send(`email,lastName\n${rows.join('\n')}\n`)).body;
    // One who is created by a caller in the very moment in which the second step is written.
    const commit = edge.table.commit;
    let left = 3;
    Object.assign(edge.table, {
      commit: async (...given: Parameters<typeof commit>) => {
        left -= 1;
        if (left === 0) await call('POST', '/v1/leads', { body: { email: 'p2-15@example.com', lastName: 'First' } });
        return commit(...given);
      },
    });
    expect(await go(id, 1)).toBe(0);
    expect((await call('GET', `/v1/imports/${id}`)).body).toMatchObject({
      status: 'done',
      processed: 96,
      created: 47,
      merged: 49,
      rejected: 0,
    });
    const leads = [];
    for (let cursor = ''; ; ) {
      const page = (await call('GET', `/v1/leads?limit=100&sort=createdAt${cursor}`)).body;
      leads.push(...page.data);
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(leads).toHaveLength(48);
    expect(leads.map(({ touches }: { touches: number }) => touches).toSorted()).toEqual([...Array.from({ length: 47 }, () => 2), 3]);
  });

  it('that was cut short goes on where it was, and no row counts twice', async () => {
    const { edge, call, go, send } = open();
    const rows = Array.from({ length: 120 }, (_, i) => (i % 10 === 9 ? 'nonsense,N' : `${i % 7 === 0 ? '' : `p${i}@example.com`},P${i}`));
    const { id } = (await send(`email,lastName\n${rows.join('\n')}\n`)).body;
    const commit = edge.table.commit;
    let left = 3;
    Object.assign(edge.table, {
      commit: (...given: Parameters<typeof commit>) => {
        left -= 1;
        if (left === 0) throw new Error('the function was killed');
        return commit(...given);
      },
    });
    expect(await go(id, 1)).toBe(1);
    const half = (await call('GET', `/v1/imports/${id}`)).body;
    expect(half.status).toBe('running');
    expect(half.processed).toBeLessThan(120);
    // The event again, and a late copy of it.
    await Promise.all([go(id, 1), go(id, 1)]);
    await go(id, 1);
    const done = (await call('GET', `/v1/imports/${id}`)).body;
    expect(done).toMatchObject({ status: 'done', processed: 120, created: 108, rejected: 12 });
    const names = edge.table.items<{ lead?: { lastName: string } }>('lead').map(({ data }) => data.lead?.lastName);
    expect(new Set(names).size).toBe(108);
    expect(names).toHaveLength(108);
  });

  it('asks for another go when its time is over, and an old event starts none', async () => {
    const { edge, call, go, send } = open();
    const { id } = (await send(`email\n${Array.from({ length: 100 }, (_, i) => `p${i}@example.com`).join('\n')}\n`)).body;
    const commit = edge.table.commit;
    Object.assign(edge.table, {
      commit: (...given: Parameters<typeof commit>) => {
        edge.clock.advance(60_000);
        return commit(...given);
      },
    });
    await go(id, 1);
    const asked = edge.table.events.filter(({ detailType }) => detailType === 'ImportAdvanced').map(({ detail }) => detail.data);
    expect(asked).toEqual([1, 2].map((run) => ({ importId: id, run })));
    const before = (await call('GET', `/v1/imports/${id}`)).body;
    expect(before.status).toBe('running');
    await go(id, 1);
    expect((await call('GET', `/v1/imports/${id}`)).body).toEqual(before);
    await go(id, 2);
    expect((await call('GET', `/v1/imports/${id}`)).body).toMatchObject({ status: 'done', created: 100 });
  });

  it('gives back what was written, whatever the cells are, the separator and the line ends', async () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', 'Ä', '漢', '😀', ' ', '"', ',', ';', '\t', '\n', "'", '=', '-', '\\'), maxLength: 12 })
      .map((text) => text.normalize('NFC'));
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 25 }),
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (rows, separator, end, bom) => {
          const lines = [['Email', 'Message', 'Other'], ...rows.map(([message, other], i) => [`p${i}@example.com`, message, other])];
          const csv = `${bom ? '\ufeff' : ''}${lines.map((line) => line.map(quoted).join(separator)).join(end)}${end}`;
          const { done, leads } = await open().run(csv);
          expect(done).toMatchObject({ total: rows.length, created: rows.length, rejected: 0 });
          const byEmail = new Map<string, { message?: string; customFields?: { Other?: string } }>(
            leads.map((lead: { email: string }) => [lead.email, lead]),
          );
          for (const [i, [message, other]] of rows.entries()) {
            const lead = byEmail.get(`p${i}@example.com`);
            expect([lead?.message ?? '', lead?.customFields?.Other ?? '']).toEqual([message.trim(), other.trim()]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('answers or refuses any bytes, and never breaks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.string({ maxLength: 200 }).map((text) => Buffer.from(`email,name\n${text}`)),
        ),
        async (bytes) => {
          const { call, go, send } = open();
          const answer = await send(bytes);
          expect([202, 422]).toContain(answer.status);
          if (answer.status !== 202) return;
          expect(await go(answer.body.id, 1)).toBe(0);
          const done = (await call('GET', `/v1/imports/${answer.body.id}`)).body;
          expect(done.status).toBe('done');
          expect(done.processed).toBe(done.total);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps a file of 4 MiB within one transaction, a huge cell and rows of one character too', async () => {
    const row = (i: number) => `p${i}@company${i}.example,Person ${i},Company ${i} Limited,"+44 20 7946 ${i}",${'note '.repeat(16)}${i}`;
    const csv = `email,lastName,company,phone,note\n${Array.from({ length: 25_000 }, (_, i) => row(i)).join('\n')}`;
    expect(Buffer.byteLength(csv)).toBeGreaterThan(3.7 * 1024 * 1024);
    expect((await open().send(csv)).body.total).toBe(25_000);
    const { done, rejections } = await open().run(`email,note\na@example.com,${'x'.repeat(3_000_000)}\nb@example.com,y\n`);
    expect(done).toMatchObject({ created: 1, rejected: 1 });
    expect(rejections[0].errors[0].code).toBe('too_big');
    expect((await open().send(`email\n${'a\n'.repeat(1_500_000)}`)).body.total).toBe(1_500_000);
  }, 60_000);
});
