import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate and its key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Certificate {
  /** A certificate for localhost and 127.0.0.1, or for a client, since it names no purpose. */
  issue(name: string): Certificate;
}

const validFrom = '200101000000Z';
const validUntil = '491231235959Z';

/** A certificate authority of one test (RFC 5280), as small as TLS lets it be. */
export function createAuthority(name: string): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certify = (subject: string, key: KeyObject, extensions: Buffer): string =>
    toPem('CERTIFICATE', certificateOf({ issuer: name, subject, key, extensions }, privateKey));
  return {
    cert: certify(name, publicKey, extension('551d13', sequence(der(0x01, Buffer.from([0xff]))))),
    key: keyPem(privateKey),
    issue: (subject) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
      return { cert: certify(subject, pair.publicKey, extension('551d11', names)), key: keyPem(pair.privateKey) };
    },
  };
}

interface CertificateParts {
  readonly issuer: string;
  readonly subject: string;
  readonly key: KeyObject;
  readonly extensions: Buffer;
}

let serial = 0;

function certificateOf({ issuer, subject, key, extensions }: CertificateParts, signer: KeyObject): Buffer {
  serial += 1;
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, serial])),
    algorithm,
    nameOf(issuer),
    sequence(der(0x17, Buffer.from(validFrom)), der(0x17, Buffer.from(validUntil))),
    nameOf(subject),
    key.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', content, createPrivateKey(keyPem(signer)))]);
  return sequence(content, algorithm, der(0x03, signature));
}

function nameOf(text: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** Tag, length, content (X.690). */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function keyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function toPem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
