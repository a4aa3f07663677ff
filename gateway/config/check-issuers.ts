import { X509Certificate } from 'node:crypto';
import type { Problem } from './problems.ts';
import type { ReadSource } from './read-source.ts';

/** Anybody may have a token of these for any audience, so their signature alone says nothing of who calls. */
const publicIssuers = new Set([
  'https://token.actions.githubusercontent.com',
  'https://gitlab.com',
  'https://agent.buildkite.com',
  'https://app.terraform.io',
  'https://accounts.google.com',
]);

/** An issuer admits only those its operator means: its tokens are bound to this company, its server to its CA. */
export function checkIssuers(files: readonly ReadSource[], problems: Problem[]): void {
  for (const { source, content, place } of files) {
    content.issuers.forEach(({ issuer, require = {}, ca }, index) => {
      if (publicIssuers.has(issuer.replace(/\/$/, '')) && Object.keys(require).length === 0) {
        const message = 'anybody may have a token of this issuer; say under require which claims make it one of yours';
        problems.push(source.problem(place('issuers', index, 'issuer'), message));
      }
      if (ca !== undefined && !isCertificate(ca)) {
        problems.push(source.problem(place('issuers', index, 'ca'), 'this is no PEM of a certificate'));
      }
    });
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
