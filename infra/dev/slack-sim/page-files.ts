import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { addGuard } from './sim-api/guard.ts';

/** Nothing but our own files, no inline script or style, no frame, no form. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

const files = [
  'index.html',
  'page.css',
  'side.css',
  'cards.css',
  'dialogs.css',
  'icon.svg',
  'page.js',
  'api.js',
  'blocks.js',
  'channel.js',
  'dialogs.js',
  'element.js',
  'inputs.js',
  'side.js',
] as const;

/** Serves the page at `/` and its files beside it; they are read once, at the start. */
export function addPage(server: FastifyInstance): void {
  server.register(async (scope) => {
    addGuard(scope);
    for (const name of files) {
      const content = readFileSync(new URL(`page/${name}`, import.meta.url));
      const type = types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types];
      scope.get(name === 'index.html' ? '/' : `/page/${name}`, (_request, reply) =>
        reply
          .header('content-type', type)
          .header('content-security-policy', contentSecurityPolicy)
          .header('x-content-type-options', 'nosniff')
          .header('referrer-policy', 'no-referrer')
          .header('cache-control', 'no-cache')
          .send(content),
      );
    }
  });
}
