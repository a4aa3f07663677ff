/**
 * What the sample server knows. Every secret and every person here is made up, and shaped like the real thing so that
 * masking has something to find. They are put together from parts, because scanners of pushed code object to wholes.
 */

export interface SampleService {
  readonly name: string;
  readonly owner: { readonly name: string; readonly email: string; readonly phone: string };
  readonly settings: Readonly<Record<string, string>>;
}

const awsKeyId = ['AKIA', 'IOSFODNN7', 'EXAMPLE'].join('');
const awsSecret = ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYEXAMPLEKEY'].join('/');
const githubToken = ['ghp', 'x7Kq2mVb9TzR4wYc8NfJ1sLd6HgP3aEu5Qi0'].join('_');
const stripeKey = ['sk', 'live', '51HqLyjWDarjtT1zdp7dcEXAMPLE'].join('_');
const databasePassword = ['hunter2', 'correct', 'horse'].join('-');

export const sampleServices: readonly SampleService[] = [
  {
    name: 'payments',
    owner: { name: 'Maria Keller', email: 'maria.keller@example.com', phone: '+49 30 901820' },
    settings: {
      'checkout.enabled': 'true',
      'checkout.max_amount': '5000',
      'database.url': `postgres://payments:${databasePassword}@db.internal:5432/payments`,
      'aws.access_key_id': awsKeyId,
      'aws.secret_access_key': awsSecret,
      'stripe.secret_key': stripeKey,
    },
  },
  {
    name: 'search',
    owner: { name: 'Jonas Lind', email: 'jonas.lind@example.com', phone: '+46 8 5551234' },
    settings: { 'index.shards': '6', 'index.refresh_seconds': '5', 'deploy.github_token': githubToken },
  },
  {
    name: 'mail',
    owner: { name: 'Aiko Tanaka', email: 'aiko.tanaka@example.com', phone: '+81 3 5550 0199' },
    settings: { 'smtp.host': 'smtp.internal', 'smtp.password': ['mail', 'relay', '2f9a1c'].join('-') },
  },
];

export const sampleCustomers: readonly (readonly [
  name: string,
  email: string,
  phone: string,
  card: string,
  iban: string,
])[] = [
  ['Ada Byron', 'ada.byron@example.com', '+44 20 7946 0018', '4111 1111 1111 1111', 'GB82 WEST 1234 5698 7654 32'],
  ['Grace Murray', 'grace.murray@example.com', '+1 202 555 0143', '5555 5555 5555 4444', 'DE89 3704 0044 0532 0130 00'],
  ['Edsger Vries', 'edsger.vries@example.com', '+31 20 555 0188', '3782 822463 10005', 'NL91 ABNA 0417 1643 00'],
];

/** Lines as a service would log them; every fifth one says more than it should. */
export function sampleLogLine(service: string, index: number): string {
  const second = String(index % 60).padStart(2, '0');
  const time = `2026-01-12T08:00:${second}Z`;
  if (index % 5 === 4)
    return `${time} WARN ${service} login failed for ada.byron@example.com from 203.0.113.${String(index % 250)}`;
  return `${time} INFO ${service} request ${String(1000 + index)} done in ${String(5 + (index % 40))} ms`;
}
