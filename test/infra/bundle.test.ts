import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { type BundleOptions, bundleFunctions, maxBundleBytes } from '../../infra/bundle.ts';
import { docsPage } from '../../infra/docs-page.ts';
import type { AppFunction } from '../../infra/functions.ts';
import { temporaryDirectory } from './synthesized.ts';

const declaration = { entry: 'api.ts', memory: 128, timeout: 5, businessEffect: 'None.' };

/** Bundle options for functions of the sources given, in a folder of their own. */
const project = (sources: Readonly<Record<string, string>>): BundleOptions & { readonly directory: string } => {
  const from = temporaryDirectory();
  const functions = Object.entries(sources).map(([name, source]): AppFunction => {
    mkdirSync(join(from, name), { recursive: true });
    writeFileSync(join(from, name, 'api.ts'), source);
    return { name, service: 'intake', role: 'http', declaration, source: `${name}/api.ts` };
  });
  return { functions, from, directory: temporaryDirectory() };
};

const answering = (text: string): string =>
  `import { hostname } from 'node:os'; export const handler = async (): Promise<string> => '${text}' + hostname().slice(0, 0);`;

describe('bundles', () => {
  it('are modules that run, one folder per function', async () => {
    const { of, sizes } = await bundleFunctions(project({ 'intake-http': answering('intake'), 'deals-http': answering('deals') }));
    for (const name of ['intake', 'deals']) {
      const { handler } = await import(join(of(`${name}-http`), 'index.mjs'));
      expect(await handler()).toBe(name);
      expect(sizes.get(`${name}-http`)).toBeGreaterThan(0);
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

  it('are refused when people would wait for them to load', async () => {
    const source = `export const handler = async () => '${'x'.repeat(maxBundleBytes)}';`;
    await expect(bundleFunctions(project({ 'intake-http': source }))).rejects.toThrow(/intake-http has \d+ bytes/);
  });

  it('fail with what esbuild says when a source does not compile', async () => {
    await expect(bundleFunctions(project({ 'intake-http': 'import "./missing.ts";' }))).rejects.toThrow(/missing\.ts/);
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
