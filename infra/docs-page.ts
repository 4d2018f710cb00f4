import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const packaged = (file: string): Promise<string> => readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${file}`)), 'utf8');

// Neither may end the element it stands in, nor put the parser into another state (https://html.spec.whatwg.org/#restrictions-for-contents-of-script-elements).
const inScript = (source: string): string => source.replaceAll(/<(\/script|!--|script)/gi, (_, rest: string) => `\\x3C${rest}`);

const hashOf = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

const start = `window.addEventListener('DOMContentLoaded', function () {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#reference',
    deepLinking: true,
    filter: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    displayRequestDuration: true
  });
});`;

/**
 * The API reference as one HTML page (about 2 MB): Swagger UI with everything inline, reading `/openapi.json`. It asks no other host for anything, and its own
 * Content-Security-Policy lets no script run but the two it came with. A policy in the answer's header must not be stricter.
 */
export const docsPage = async (): Promise<string> => {
  const [bundle, css] = await Promise.all([packaged('swagger-ui-bundle.js').then(inScript), packaged('swagger-ui.css')]);
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(bundle)} ${hashOf(start)}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Leadline API</title>
<link rel="icon" href="data:,">
<style>${css}</style>
<style>body { margin: 0 } .swagger-ui .topbar { display: none }</style>
</head>
<body>
<div id="reference"></div>
<noscript>The reference needs JavaScript; the document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script>${bundle}</script>
<script>${start}</script>
</body>
</html>
`;
};
