import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { type BundleOptions, bundleFunctions, maxLoadedBytes } from '../../infra/bundle.ts';
import { docsPage } from '../../infra/docs-page.ts';
import { documents } from '../../infra/documents.ts';
import { type AppFunction, functionsOf, relayFunction } from '../../infra/functions.ts';
import { services } from '../../infra/services.ts';
import { temporaryDirectory } from './synthesized.ts';

const declaration = { entry: 'api.ts', memory: 128, timeout: 5, businessEffect: 'None.' };

const sharing = (text: string): string => `import { shared } from '../shared.ts'; export const handler = async () => '${text}' + shared;`;

/** Bundle options for functions of the sources given, in a folder of their own. */
const project = (sources: Readonly<Record<string, string>>): BundleOptions & { readonly directory: string } => {
  const from = temporaryDirectory();
  const functions = Object.entries(sources).map(([name, source]): AppFunction => {
    mkdirSync(join(from, name), { recursive: true });
    writeFileSync(join(from, name, 'api.ts'), source);
    return { name, service: 'intake', role: 'http', declaration, source: `${name}/api.ts` };
  });
  return { functions, from, directory: join(temporaryDirectory(), 'functions') };
};

const answering = (text: string): string =>
  `import { hostname } from 'node:os'; export const handler = async (): Promise<string> => '${text}' + hostname().slice(0, 0);`;

describe('bundles', () => {
  it('are modules that run, one folder per function', async () => {
    const { of, sizes } = await bundleFunctions(project({ 'intake-http': answering('intake'), 'deals-http': answering('deals') }));
    for (const name of ['intake', 'deals']) {
      const { handler } = await import(join(of(`${name}-http`), 'index.mjs'));
      expect(await handler()).toBe(name);
      expect(sizes.get(`${name}-http`)?.loaded).toBeGreaterThan(0);
    }
  });

  it('are the same assets when made again from the same sources, wherever they lie', async () => {
    const sources = { 'intake-http': answering('intake') };
    const [first, second] = [await bundleFunctions(project(sources)), await bundleFunctions(project(sources))];
    expect(FileSystem.fingerprint(first.of('intake-http'))).toBe(FileSystem.fingerprint(second.of('intake-http')));
  });

  it('are left alone when nothing changed', async () => {
    const options = project({ 'intake-http': answering('intake') });
    const file = join((await bundleFunctions(options)).of('intake-http'), 'index.mjs');
    const before = statSync(file);
    await bundleFunctions(options);
    expect(statSync(file).ino).toBe(before.ino);
    expect(statSync(file).mtimeMs).toBe(before.mtimeMs);
  });

  it('carry the files that belong beside the code, and none from before', async () => {
    const options = project({ 'platform-docs': answering('docs') });
    await bundleFunctions({ ...options, extras: { 'platform-docs': { 'openapi.json': '{}', 'old.json': '{}' } } });
    const { of } = await bundleFunctions({ ...options, extras: { 'platform-docs': { 'openapi.json': '{"openapi":"3.1.0"}' } } });
    expect(readdirSync(of('platform-docs')).sort()).toEqual(['index.mjs', 'openapi.json']);
    expect(readFileSync(join(of('platform-docs'), 'openapi.json'), 'utf8')).toBe('{"openapi":"3.1.0"}');
    expect(readdirSync(options.directory)).toEqual(['platform-docs']);
  });

  it('load at the start only what the start needs', async () => {
    const options = project({ 'intake-http': `export const handler = async () => (await import('./later.ts')).later;` });
    writeFileSync(join(options.from ?? '', 'intake-http', 'later.ts'), `export const later = '${'x'.repeat(10_000)}';`);
    const { of, sizes } = await bundleFunctions(options);
    const { handler } = await import(join(of('intake-http'), 'index.mjs'));
    expect(await handler()).toHaveLength(10_000);
    expect(sizes.get('intake-http')?.loaded).toBeLessThan(1_000);
    expect(sizes.get('intake-http')?.whole).toBeGreaterThan(10_000);
    expect(JSON.parse(readFileSync(`${options.directory}.json`, 'utf8'))).toEqual(Object.fromEntries(sizes));
  });

  it('keep what functions share in the folder of each', async () => {
    const options = project({ 'intake-http': sharing('intake'), 'deals-http': sharing('deals') });
    writeFileSync(join(options.from ?? '', 'shared.ts'), `export const shared = '${'x'.repeat(10_000)}';`);
    const { of } = await bundleFunctions(options);
    for (const name of ['intake', 'deals']) {
      const { handler } = await import(join(of(`${name}-http`), 'index.mjs'));
      expect(await handler()).toBe(`${name}${'x'.repeat(10_000)}`);
    }
  });

  it('fail with what esbuild says when a source does not compile', async () => {
    await expect(bundleFunctions(project({ 'intake-http': 'import "./missing.ts";' }))).rejects.toThrow(/missing\.ts/);
  });
});

describe('functions', { timeout: 240_000 }, () => {
  it('load at most 450 KiB at the start, the one of the documents apart', async () => {
    const functions = [...services.flatMap(functionsOf), relayFunction];
    const { sizes } = await bundleFunctions({ functions, directory: join(temporaryDirectory(), 'functions') });
    for (const [name, { loaded }] of sizes) if (!name.endsWith('docs')) expect(loaded, name).toBeLessThanOrEqual(maxLoadedBytes);
  });

  it('are the same assets when the app is synthesized twice', async () => {
    const functions = [...services.flatMap(functionsOf), relayFunction];
    const extras = await documents(services);
    const [first, second] = [
      await bundleFunctions({ functions, extras, directory: join(temporaryDirectory(), 'functions') }),
      await bundleFunctions({ functions, extras: await documents(services), directory: join(temporaryDirectory(), 'functions') }),
    ];
    for (const { name } of functions) expect(FileSystem.fingerprint(second.of(name)), name).toBe(FileSystem.fingerprint(first.of(name)));
  });
});

describe('docs page', () => {
  it('is one page that asks no other host for anything', async () => {
    const page = await docsPage();
    const policy = page.match(/Content-Security-Policy" content="([^"]*)"/)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(page).not.toMatch(/<(script|link|img|iframe)[^>]*\s(src|href)="(?!data:)/);
    expect(page).toContain('<title>Leadline API</title>');
    expect(page).toContain('deepLinking: true');
  });

  it('says in its policy the hash of each of its scripts, and no script ends early', async () => {
    const page = await docsPage();
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, content]) => content ?? '');
    expect(scripts).toHaveLength(2);
    for (const content of scripts) {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(content));
      expect(page).toContain(`'sha256-${Buffer.from(digest).toString('base64')}'`);
    }
  });
});
