/** A made-up secret in a setting. `secret` must not survive, everything around it must. */
export interface Positive {
  readonly text: string;
  readonly secret: string;
}

/** Deterministic filler that looks made by a machine. Push scanners never see a whole token in this file. */
function filler(length: number, alphabet: string): string {
  let state = 7 + length;
  let out = '';
  for (let i = 0; i < length; i++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    out += alphabet.charAt((state >> 8) % alphabet.length);
  }
  return out;
}
const alnum = (length: number): string => filler(length, 'aB3dE5gH7jK9mN2pQ4sT6vWxYz8');
const hex = (length: number): string => filler(length, '0a1b2c3d4e5f6789');
const upper = (length: number): string => filler(length, 'ABCDEFG234567HJKLMNPQRSTUVWXYZ');
const digits = (length: number): string => filler(length, '7310954826');

const jwt = [
  Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url'),
  Buffer.from('{"sub":"1234567890"}').toString('base64url'),
  alnum(43),
].join('.');
const pem =
  '-----BEGIN RSA ' + `PRIVATE KEY-----\n${alnum(64)}\n${alnum(64)}\n${alnum(20)}==\n-----END RSA PRIVATE KEY-----`;

const tokens: readonly string[] = [
  'AK' + 'IA' + upper(16),
  'AS' + 'IA' + upper(16),
  'gh' + 'p_' + alnum(36),
  'gh' + 's_' + alnum(36),
  'github' + '_pat_' + alnum(22) + '_' + alnum(59),
  'gl' + 'pat-' + alnum(20),
  'gl' + 'rt-' + alnum(20),
  'xo' + 'xb-' + digits(12) + '-' + digits(12) + '-' + alnum(24),
  'xa' + 'pp-1-A' + upper(9) + '-' + digits(12) + '-' + hex(64),
  'sk' + '_live_' + alnum(24),
  'rk' + '_test_' + alnum(24),
  'wh' + 'sec_' + alnum(32),
  'AI' + 'za' + alnum(35),
  'GOC' + 'SPX-' + alnum(28),
  'sk' + '-proj-' + alnum(64),
  'sk' + '-ant-api03-' + alnum(93) + 'AA',
  'np' + 'm_' + alnum(36),
  'S' + 'G.' + alnum(22) + '.' + alnum(43),
  'S' + 'K' + hex(32),
  'py' + 'pi-AgEIcHlwaS5vcmc' + alnum(60),
  'dop' + '_v1_' + hex(64),
  'hv' + 's.' + alnum(95),
  'dckr' + '_pat_' + alnum(27),
  'hf' + '_' + alnum(34),
  'gls' + 'a_' + alnum(32) + '_' + hex(8),
  'sh' + 'pat_' + hex(32),
  'lin' + '_api_' + alnum(40),
  'PM' + 'AK-' + hex(24) + '-' + hex(34),
  'NR' + 'AK-' + upper(27),
  'da' + 'pi' + hex(32),
  digits(10) + ':AA' + alnum(33),
  'xkey' + 'sib-' + hex(64) + '-' + alnum(16),
  alnum(3) + '8Q' + '~' + alnum(34),
  hex(32) + '-us' + '12',
  'ATA' + 'TT3xFfGF0' + alnum(60),
  'AGE-SECRET' + '-KEY-1' + filler(58, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'),
  jwt,
  pem,
];

const named: readonly Positive[] = [
  { text: 'password = hunter2', secret: 'hunter2' },
  { text: 'DB_PASSWORD="correct-horse-7"', secret: 'correct-horse-7' },
  { text: "const dbPasswd = 'tr0ub4dor&3';", secret: 'tr0ub4dor&3' },
  { text: `aws_secret_access_key = ${alnum(40)}`, secret: alnum(40) },
  { text: `export API_KEY=${alnum(32)}`, secret: alnum(32) },
  { text: `{"apiKey": "${hex(32)}", "region": "eu"}`, secret: hex(32) },
  { text: `X-Api-Key: ${hex(40)}`, secret: hex(40) },
  { text: `client_secret: ${alnum(30)}`, secret: alnum(30) },
  { text: `<authToken>${alnum(24)}</authToken>`, secret: alnum(24) },
  { text: `setToken("accessToken", "${alnum(24)}")`, secret: alnum(24) },
  { text: `?access_token=${alnum(30)}&page=2`, secret: alnum(30) },
  { text: 'login --user bob --password s3cr3t!x --verbose', secret: 's3cr3t!x' },
  { text: `Authorization: Bearer ${alnum(40)}`, secret: alnum(40) },
  {
    text: `Authorization: Basic ${Buffer.from('bob:s3cret').toString('base64')}`,
    secret: Buffer.from('bob:s3cret').toString('base64'),
  },
  { text: 'postgres://app:p4ssw0rd@db.internal:5432/orders', secret: 'p4ssw0rd' },
  { text: 'https://bob:t0ps3cret@host.example/x', secret: 't0ps3cret' },
  { text: "ALTER ROLE app PASSWORD 'n0t-so-s3cret'", secret: 'n0t-so-s3cret' },
  { text: 'mysql -u root -pS3cretPw db', secret: 'S3cretPw' },
  { text: 'curl -u admin:Adm1nPw https://host', secret: 'Adm1nPw' },
  { text: `datadog_key: ${hex(34)}`, secret: hex(34) },
  { text: 'https://hooks.slack.com/' + `services/T${upper(8)}/B${upper(8)}/${alnum(24)}`, secret: alnum(24) },
  { text: '- name: DB_PASSWORD\n  value: hunter2-prod', secret: 'hunter2-prod' },
  { text: 'machine api.example.org login bob password hunter2x', secret: 'hunter2x' },
  { text: 'kind: Secret\nmetadata:\n  name: db\ndata:\n  user: Ym9iYm9i', secret: 'Ym9iYm9i' },
  { text: 'Server=tcp:sql.internal;Uid=sa;Password=P@ssw0rd!;Encrypt=yes', secret: 'P@ssw0rd!' },
  { text: 'redis://:r3dis-pw@cache.internal:6379/0', secret: 'r3dis-pw' },
  { text: 'jdbc:mysql://db.internal/app?user=app&password=s3cretpw', secret: 's3cretpw' },
  { text: `Set-Cookie: sid=${alnum(32)}; Path=/; HttpOnly`, secret: alnum(32) },
  { text: `//registry.example/:_authToken=${hex(36)}`, secret: hex(36) },
  { text: `payload={"user":"bob","password":"hunter2-prod"} status=200`, secret: 'hunter2-prod' },
  { text: `DefaultEndpointsProtocol=https;AccountKey=${alnum(86)}==`, secret: alnum(86) },
];

const personal: readonly Positive[] = [
  { text: 'Write to jane.doe+work@mail.example.org today.', secret: 'jane.doe+work@mail.example.org' },
  { text: 'Card 4111 1111 1111 1111 expires 12/27', secret: '4111 1111 1111 1111' },
  { text: 'pan=5555555555554444', secret: '5555555555554444' },
  { text: 'Amex 3782-822463-10005.', secret: '3782-822463-10005' },
  { text: 'IBAN DE89 3704 0044 0532 0130 00, thanks', secret: 'DE89 3704 0044 0532 0130 00' },
  { text: 'to GB82WEST12345698765432 now', secret: 'GB82WEST12345698765432' },
  { text: 'SSN 536-22-8726 on file', secret: '536-22-8726' },
  { text: 'social security number: 536228726', secret: '536228726' },
  { text: 'CPF 529.982.247-25', secret: '529.982.247-25' },
  { text: 'Call me on +49 30 901820 please', secret: '+49 30 901820' },
  { text: 'Phone: (415) 555-2671', secret: '(415) 555-2671' },
  { text: 'from 203.0.113.77 at noon', secret: '203.0.113.77' },
  { text: 'Client IP address: 10.1.2.3.', secret: '10.1.2.3' },
  { text: 'logged in from 2001:db8:85a3::8a2e:370:7334.', secret: '2001:db8:85a3::8a2e:370:7334' },
  { text: 'peer [2001:0db8:0000:0000:0000:ff00:0042:8329]:443', secret: '2001:0db8:0000:0000:0000:ff00:0042:8329' },
  { text: 'My social security number is 536 22 8726', secret: '536 22 8726' },
];

const settings: readonly ((token: string) => string)[] = [
  (token) => `found ${token} in the log`,
  (token) => `["${token.replaceAll('\n', '\\n')}"]`,
];

export const positives: readonly Positive[] = [
  ...tokens.flatMap((secret, i) => {
    const text = settings[i % settings.length]?.(secret) ?? secret;
    return [{ text, secret: text.includes(secret) ? secret : secret.slice(-40) }];
  }),
  ...named,
  ...personal,
];

/** Nothing here may be touched. */
export const negatives: readonly string[] = [
  '550e8400-e29b-41d4-a716-446655440000',
  'id: 123e4567-e89b-12d3-a456-426614174000',
  '3f786850e387550fdab836ed7e6dc881de23001b',
  'commit 9fceb02d0ae598e95dc970b74767f19372d61af8',
  `sha256:${hex(64)}`,
  `image: registry.example/app@sha256:${hex(64)}`,
  `sha512-${alnum(86)}==`,
  `"integrity": "sha512-${alnum(86)}=="`,
  `iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==`,
  '2026-11-24T09:29:54.123Z',
  '2026-11-24',
  'version 1.2.3.4',
  'v10.20.30.40-beta.1',
  'password: <password>',
  'PASSWORD=${DB_PASSWORD}',
  'password: $PASSWORD',
  'token: <token>',
  'token = "{{ .Values.token }}"',
  'api_key: YOUR_API_KEY',
  'api_key = "your-api-key-here"',
  'secret: changeme',
  'password: string;',
  'password: null',
  'const password = getPassword();',
  'const token = process.env.API_TOKEN;',
  'password = config.database.password',
  'token_count: 1234567890',
  '{"tokenType": "Bearer", "max_tokens": 40960000}',
  '{"secretName": "tls-certificate-prod-2026"}',
  'secretKeyRef: {name: db-credentials-2026, key: password}',
  'nextPageToken: CAUQAA0123456789',
  'The password is required and must be strong.',
  'Enter your password, then press return.',
  'Bearer authentication is used here',
  'Basic understanding of SQL',
  'cache_key: user-profile-1234567890',
  'primary key: order_item_1234567890',
  'git@github.com:acme/site.git',
  'react-dom@18.3.1 and icon@2x.png',
  '127.0.0.1:5432 and 10.0.12.7 and 192.168.1.20',
  'epoch 1764000000000 ms',
  'order 4111111111111112',
  'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'sk-learn and task-management',
  '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----',
  '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG\n-----END CERTIFICATE-----',
  'https://example.org/path?page=2&sort=asc',
  'postgres://app@db.internal/orders',
  'postgres://user:${PASSWORD}@db/orders',
  'select id, total from orders where id = 12345678',
  'at Object.<anonymous> (/srv/app/index.js:10:15)',
  'AKIA is the prefix of a key id',
  'password [REDACTED:password] was masked',
  'price 1,234,567.89 and 0.12345678901234',
  'eyJub3QiOiJqd3QifQ',
  'NIC 00:1A:2B:3C:4D:5E, EUI-64 00:1A:2B:FF:FE:3C:4D:5E, listening on ::1 since 12:30:45',
  'namespace ab::cd::e1 and std::dec',
  'type Mode = "pass" | "fail" | "skip1234";',
  'kind: ConfigMap\ndata:\n  user: Ym9iYm9i',
  'kind: SecretList\ndata:\n  user: Ym9iYm9i',
  '2026 1124 rows were read',
  'bind to ip 127.0.0.1',
];
