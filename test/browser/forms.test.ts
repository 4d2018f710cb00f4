import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from '../product.ts';
import { executablePath, launch, suiteName } from './chromium.ts';
import { type Site, startSite } from './site.ts';

describe.skipIf(executablePath === undefined)(suiteName('in a real browser'), () => {
  let product: Product;
  let browser: Browser;
  let site: Site;
  let stranger: Site;

  beforeAll(async () => {
    [product, browser, site, stranger] = await Promise.all([startProduct(), launch(), startSite(), startSite()]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), site?.close(), stranger?.close()]);
    await product?.stop();
  });

  const form = async (settings: Record<string, unknown> = {}) =>
    (await product.request('POST', '/v1/forms', { body: { name: 'Talk to us', source: 'website', ...settings } })).body;
  const leadBy = async (email: string) => (await product.request('GET', `/v1/leads?email=${encodeURIComponent(email)}`)).body.data[0];
  const submissions = async (formId: string) => (await product.request('GET', `/v1/submissions?formId=${formId}`)).body.data;

  const visit = async <T>(options: Parameters<Browser['newPage']>[0], doing: (page: Page) => Promise<T>): Promise<T> => {
    const page = await browser.newPage(options);
    try {
      return await doing(page);
    } finally {
      await page.close();
    }
  };

  const focused = (page: Page) =>
    page.evaluate('document.activeElement.name || document.activeElement.id || document.activeElement.textContent.trim()');

  describe('the hosted form', () => {
    it.each([
      ['on a desktop', { width: 1280, height: 900 }],
      ['on a phone', { width: 360, height: 740 }],
    ])('%s, without JavaScript, keeps what was typed until it is right, and says thanks', async (where, viewport) => {
      const { id } = await form({ requiredFields: ['lastName'], consentText: 'Send me the newsletter.' });
      const email = `ada-${viewport.width}@example.com`;
      await visit({ viewport, javaScriptEnabled: false }, async (page) => {
        await page.goto(`${product.url}/f/${id}?utm_source=news`);
        await page.getByLabel('First name').fill('Ada');
        await page.getByLabel('E-mail address').fill('ada@');
        await page.getByLabel('Message').fill('\n  Hello <b>you</b> & "co"');
        await page.getByLabel('Send me the newsletter.').check();
        await page.getByRole('button', { name: 'Send' }).click();

        await page.getByRole('alert').getByText('There is a problem').waitFor();
        expect(await page.title()).toBe('Error: Talk to us');
        expect(await page.getByLabel('First name').inputValue()).toBe('Ada');
        expect(await page.getByLabel('Message').inputValue()).toBe('\n  Hello <b>you</b> & "co"');
        expect(await page.getByLabel('Send me the newsletter.').isChecked()).toBe(true);
        await page.getByRole('alert').getByRole('link', { name: 'Enter an e-mail address' }).click();
        expect(new URL(page.url()).hash).toBe('#field-2');

        await page.getByLabel('E-mail address').fill(email);
        await page.getByLabel('Last name').fill('Lovelace');
        await page.getByRole('button', { name: 'Send' }).click();
        await page.getByRole('heading', { name: 'Thank you' }).waitFor();
      });
      expect(await leadBy(email), where).toMatchObject({
        firstName: 'Ada',
        lastName: 'Lovelace',
        message: 'Hello <b>you</b> & "co"',
        utm: { source: 'news' },
        consent: { marketing: true, text: 'Send me the newsletter.' },
      });
    });

    it('fits the width of a phone, with room for fingers, and has a label for each control', async () => {
      const { id } = await form({ name: 'W'.repeat(120), requiredFields: ['country', 'website'], consentText: `Agree ${'x'.repeat(200)}` });
      await visit({ viewport: { width: 320, height: 640 }, hasTouch: true }, async (page) => {
        await page.goto(`${product.url}/f/${id}`);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
        const small = `[...document.querySelectorAll('.field :is(input, select, textarea), button')].filter((e) => e.getBoundingClientRect().height < 44).length`;
        expect(await page.evaluate(small)).toBe(0);
        const bare = `[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter((e) => e.labels.length !== 1).length`;
        expect(await page.evaluate(bare)).toBe(0);
        expect(await page.getByLabel('Country').locator('option').count()).toBe(250);
      });
    });

    it('puts the focus on what is wrong, and the keyboard and screen readers pass the trap by', async () => {
      const { id } = await form();
      await visit({}, async (page) => {
        await page.goto(`${product.url}/f/${id}`);
        const met: unknown[] = [];
        for (let step = 0; step < 8; step += 1) {
          await page.keyboard.press('Tab');
          met.push(await focused(page));
        }
        expect(met.slice(0, 7)).toEqual(['firstName', 'lastName', 'email', 'phone', 'company', 'message', 'Send']);
        expect(met).not.toContain('website_url');
        expect(await page.getByRole('textbox').count()).toBe(6);
        const box = await page.locator('.aside').boundingBox();
        expect(box === null || (box.width <= 1 && box.height <= 1)).toBe(true);

        await page.getByRole('button', { name: 'Send' }).click();
        await page.getByRole('alert').waitFor();
        expect(await page.evaluate('document.activeElement.className')).toBe('summary');
        const email = page.getByLabel('E-mail address');
        expect(await email.getAttribute('aria-invalid')).toBe('true');
        const described = `document.getElementById(document.querySelector('[name=email]').getAttribute('aria-describedby')).textContent`;
        expect(await page.evaluate(described)).toBe('Enter an e-mail address or a phone number');
      });
    });

    it('thanks a robot that fills everything, and keeps its post apart', async () => {
      const { id } = await form();
      await visit({}, async (page) => {
        await page.goto(`${product.url}/f/${id}`);
        await page.evaluate(`for (const e of document.querySelectorAll('input:not([type=hidden])')) e.value = 'bot@example.com'`);
        await page.evaluate(`document.forms[0].submit()`);
        await page.getByRole('heading', { name: 'Thank you' }).waitFor();
      });
      expect(await submissions(id)).toMatchObject([{ status: 'spam' }]);
      expect(await leadBy('bot@example.com')).toBeUndefined();
    });

    it('goes on to the form’s own page, which its policy lets it', async () => {
      site.pages.set('/thanks', '<title>Ours</title>');
      const { id } = await form({ redirectUrl: `${site.origin}/thanks` });
      await visit({}, async (page) => {
        await page.goto(`${product.url}/f/${id}`);
        await page.getByLabel('E-mail address').fill('redirected@example.com');
        await page.getByRole('button', { name: 'Send' }).click();
        await page.waitForURL(`${site.origin}/thanks`);
        expect(await page.title()).toBe('Ours');
      });
      expect(await leadBy('redirected@example.com')).toBeDefined();
    });

    it('works in a frame of a site that the form allows, and shows in no other', async () => {
      const { id } = await form({ allowedOrigins: [site.origin] });
      for (const host of [site, stranger]) host.pages.set('/', `<iframe title="form" src="${product.url}/f/${id}?embed=1"></iframe>`);
      await visit({ javaScriptEnabled: false }, async (page) => {
        await page.goto(site.origin);
        const frame = page.frameLocator('iframe');
        await frame.getByRole('button', { name: 'Send' }).click();
        await frame.getByRole('alert').waitFor();
        await frame.getByLabel('E-mail address').fill('framed@example.com');
        await frame.getByRole('button', { name: 'Send' }).click();
        await frame.getByRole('heading', { name: 'Thank you' }).waitFor();
        await page.goto(stranger.origin);
        expect(await page.frameLocator('iframe').getByRole('button').count()).toBe(0);
        expect(await leadBy('framed@example.com')).toBeDefined();
      });
    });
  });

  describe('a form on a customer’s own page', () => {
    it.each(['multipart/form-data', 'application/x-www-form-urlencoded'])('posts %s as the browser writes it', async (enctype) => {
      site.pages.set('/sent', '<title>Sent</title>');
      const { id } = await form({ allowedOrigins: [site.origin], redirectUrl: `${site.origin}/sent` });
      const email = `plain-${enctype.length}@example.com`;
      site.pages.set(
        '/contact',
        `<form method="post" enctype="${enctype}" action="${product.url}/v1/forms/${id}/submissions">
        <input name="Full Name" value="Zoë “Z” O'Neill"><input name="e-mail" value="${email}"><textarea name="message">one
two</textarea><input type="checkbox" name="topics" value="a" checked><input type="checkbox" name="topics" value="b &amp; c" checked>
        <input type="checkbox" name="unticked"><input type="file" name="cv"><input name='q"uo
te' value="x"><button>Go</button></form>`,
      );
      await visit({}, async (page) => {
        await page.goto(`${site.origin}/contact`);
        await page.getByRole('button', { name: 'Go' }).click();
        await page.waitForURL(`${site.origin}/sent`);
      });
      expect(await leadBy(email)).toMatchObject({
        firstName: 'Zoë “Z”',
        lastName: "O'Neill",
        message: 'one\ntwo',
        customFields: { topics: 'a, b & c' },
      });
      const [kept] = await submissions(id);
      expect(kept).toMatchObject({ status: 'accepted', payload: { topics: ['a', 'b & c'] }, userAgent: expect.stringContaining('Chrome') });
      expect(kept.payload).not.toHaveProperty('unticked');
    });

    it('may not send a file', async () => {
      const { id } = await form();
      site.pages.set(
        '/file',
        `<form method="post" enctype="multipart/form-data" action="${product.url}/v1/forms/${id}/submissions"><input name="email" value="file@example.com"><input type="file" name="cv"><button>Go</button></form>`,
      );
      await visit({}, async (page) => {
        await page.goto(`${site.origin}/file`);
        await page.setInputFiles('[name=cv]', {
          name: 'cv.pdf',
          mimeType: 'application/pdf',
          buffer: Buffer.from([0x25, 0x50, 0xff, 0xfe]),
        });
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.url().includes(id)),
          page.getByRole('button', { name: 'Go' }).click(),
        ]);
        expect(answer.status()).toBe(422);
      });
      expect(await leadBy('file@example.com')).toBeUndefined();
    });

    it('is posted by a script from an allowed origin, and from no other', async () => {
      const { id } = await form({ allowedOrigins: [site.origin] });
      const send = (email: string) =>
        `fetch('${product.url}/v1/forms/${id}/submissions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: '${email}' }) }).then(async (answer) => [answer.status, Object.keys(await answer.json()).sort().join()], () => 'refused')`;
      for (const host of [site, stranger]) host.pages.set('/script', '<title>Script</title>');
      await visit({}, async (page) => {
        await page.goto(`${site.origin}/script`);
        expect(await page.evaluate(send('script@example.com'))).toEqual([202, 'receivedAt,submissionId']);
        await page.goto(`${stranger.origin}/script`);
        expect(await page.evaluate(send('stranger@example.com'))).toBe('refused');
      });
      expect(await leadBy('script@example.com')).toBeDefined();
      expect(await leadBy('stranger@example.com')).toBeUndefined();
    });
  });
});
