/**
 * How much a name says about its value. `password`: any value is secret. `secret`: a value that looks made by a
 * machine is. `hint`: only a long, random one is.
 */
export type NameStrength = 'password' | 'secret' | 'hint';

const passwordParts = new Set(
  'password passwd passphrase passcode passwort pwd pass psw passw secret secrets senha contrasena clave mdp'.split(
    ' ',
  ),
);
const secretParts = new Set(
  'token jwt credential credentials creds authorization cookie apikey accesskey secretkey privatekey authkey bearer otp sas signature'.split(
    ' ',
  ),
);
/** `key` means a secret after one of these, and a mere name (a cache key, a primary key) after others. */
const beforeKey = new Set(
  (
    'api access private secret auth encryption signing master account storage shared service app application ' +
    'subscription admin consumer client server license root ssh deploy webhook hmac aes rsa crypto integration ' +
    'write read personal live test functions session hash symmetric data backup'
  ).split(' '),
);
/** What follows the telling part and makes the whole a name for something harmless: `token_count`, `secretName`. */
const harmlessTails = new Set(
  (
    'count counts type types name names url uri path paths file files filename length len size limit limits max min ' +
    'expiry expires expiration ttl policy policies hint ref refs reference field fields label labels enabled disabled ' +
    'required optional status state at date time timestamp rotation version versions format endpoint endpoints provider ' +
    'manager store arn usage budget kind algorithm alg strength attempts regex pattern placeholder description title ' +
    'prompt input form valid validator validation error errors message reset change changed confirm_url age lifetime days ' +
    'seconds minutes ms per rate window bucket class handler generator parser issuer audience scope scopes source spec env ' +
    'selector mount volume engine exists present set length_min index position offset budget_tokens balance symbol prefix'
  ).split(' '),
);
const harmlessHeads = new Set(
  'max min total num number count has is next page continuation prompt completion input output cached reasoning progress public sync cursor previous prev sort partition primary foreign cache idempotency resume no need needs show hide forgot invalid missing'.split(
    ' ',
  ),
);
const compactPassword = /(?:password|passwd|passphrase|secret)$/;
const compactSecret =
  /(?:apikey|accesskey|secretkey|privatekey|authkey|authtoken|token|accountkey|encryptionkey|signingkey|credentials?)$/;
const hintParts = new Set(
  (
    'key auth adobe airtable algolia alibaba asana atlassian beamer bitbucket bittrex clickup cloudflare codecov coinbase ' +
    'cohere confluent contentful datadog dd discord dropbox drone droneci etsy facebook fastly finicity finnhub flickr ' +
    'freshbooks gitter gocardless heroku hubspot intercom jfrog jira artifactory kraken kucoin launchdarkly linkedin lob ' +
    'looker mailchimp mailgun mapbox mattermost messagebird netlify newrelic nytimes okta plaid privateai rapidapi ' +
    'sendbird sentry sidekiq snyk sonar squarespace sumologic sumo telegram telegr travis trello twitch twitter typeform ' +
    'yandex zendesk kubernetes maxmind meraki opsgenie pagerduty splunk pusher segment mixpanel amplitude'
  ).split(' '),
);

/** Splits `githubPrivateKey`, `DB_PASS2` and `x-api-key` into lower-case parts. */
export function nameParts(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((part) => part.replace(/\d+$/, '') || part)
    .filter((part) => part !== '');
}

/** Judges the name of a field, variable, header or column. Undefined: the name says nothing. */
export function judgeName(name: string): NameStrength | undefined {
  if (name.length > 120) return undefined;
  const parts = nameParts(name);
  const last = parts.at(-1);
  if (last === undefined) return undefined;
  if (harmlessTails.has(last) || harmlessHeads.has(parts[0] ?? '')) return undefined;
  if (last === 'tokens' || last === 'id' || last === 'ids') return hints(parts);
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i] ?? '';
    if (passwordParts.has(part) || compactPassword.test(part))
      return part.startsWith('secret') && parts[i + 1] === 'key' ? 'secret' : 'password';
    if (secretParts.has(part) || compactSecret.test(part)) return 'secret';
    if ((part === 'key' || part === 'keys') && beforeKey.has(parts[i - 1] ?? '')) return 'secret';
  }
  return hints(parts);
}

function hints(parts: readonly string[]): NameStrength | undefined {
  return parts.some((part) => hintParts.has(part)) ? 'hint' : undefined;
}

/** Words that start the search for a name in running text. */
export const nameAnchors: readonly string[] = [
  ...new Set(
    (
      'password passwd passphrase passcode passwort pwd pass psw secret senha contrasena ' +
      'token credential creds authorization cookie jwt signature otp'
    )
      .split(' ')
      .concat(...hintParts),
  ),
].filter((word) => word.length > 2);
