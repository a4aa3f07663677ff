import { priorities, token, type Rule } from './rule.ts';

const accessKeyId = '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}';
const accessKeyAnchors = ['AKIA', 'ASIA', 'ABIA', 'ACCA'];

/** Keys of clouds, secret stores and observability services. */
export const cloudRules: readonly Rule[] = [
  token('aws_access_key', accessKeyAnchors, accessKeyId),
  token('aws_access_key', ['A3T'], 'A3T[A-Z0-9][A-Z0-9]{16}'),
  // A listing often puts the secret right behind its id, with no name of its own.
  token(
    'aws_secret_key',
    accessKeyAnchors,
    `(${accessKeyId}["']?[\\s,;:|]{1,8}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])`,
    {
      context: true,
      priority: priorities.validated,
    },
  ),
  token(
    'aws_bedrock_key',
    ['ABSK', 'bedrock-api-key-'],
    '(?:ABSK[A-Za-z0-9+/]{109,269}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{20,400})',
  ),
  token('aws_mws_key', ['amzn.mws.'], 'amzn\\.mws\\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'),
  token('google_api_key', ['AIza'], 'AIza[\\w-]{35}'),
  token('google_oauth_secret', ['GOCSPX-'], 'GOCSPX-[\\w-]{24,32}'),
  token('google_oauth_token', ['ya29.', '1//0'], '(?:ya29\\.[\\w-]{20,1024}|1//0[\\w-]{40,120})'),
  token('azure_client_secret', ['Q~'], '[\\w~.]{3}\\dQ~[\\w~.-]{31,34}', { before: [4] }),
  token(
    'azure_storage_key',
    ['AccountKey=', 'SharedAccessKey='],
    '((?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/]{40,88}={0,2}',
    {
      context: true,
      inWord: true,
    },
  ),
  token('azure_devops_token', ['AZDO'], '[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}', { before: [76] }),
  token('url_signature', ['sig=', 'signature='], '([?&](?:X-Amz-|X-Goog-)?[Ss]ig(?:nature)?=)[\\w%+/=-]{20,600}', {
    before: [1, 7, 8],
    context: true,
    inWord: true,
  }),
  token('digitalocean_token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'do[por]_v1_[a-f0-9]{64}'),
  token('alibaba_key', ['LTAI'], 'LTAI[A-Za-z0-9]{12,20}'),
  token('tencent_key', ['AKID'], 'AKID[A-Za-z0-9]{32}'),
  token(
    'yandex_token',
    ['t1.', 'AQVN', 'y0_'],
    '(?:t1\\.[A-Z0-9a-z_-]{1,400}={0,2}\\.[A-Z0-9a-z_-]{86}={0,2}|AQVN[\\w-]{35,38}|y[0-3]_[\\w-]{55,60})',
  ),
  token('heroku_key', ['HRKU-'], 'HRKU-(?:AA[\\w-]{58}|[0-9a-f-]{36})'),
  token('cloudflare_key', ['v1.0-'], 'v1\\.0-[a-f0-9]{24}-[a-f0-9]{146}'),
  token(
    'fly_token',
    ['fo1_', 'fm1r_', 'fm1a_', 'fm2_'],
    '(?:fo1_[\\w-]{43}|fm(?:1[ar]|2)_[A-Za-z0-9+/]{60,500}={0,3})',
  ),
  token('vault_token', ['hvs.', 'hvb.', 'hvr.'], 'hv[sbr]\\.[\\w-]{24,300}'),
  token('terraform_token', ['.atlasv1.'], '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w=-]{60,70}', { before: [14] }),
  token('doppler_token', ['dp.'], 'dp\\.(?:ct|pt|st|sa|scim|audit|said)\\.(?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,44}'),
  token(
    'onepassword_token',
    ['ops_eyJ', 'A3-'],
    '(?:ops_eyJ[A-Za-z0-9+/_-]{200,2000}={0,3}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3})',
  ),
  token('age_key', ['AGE-SECRET-KEY-1'], 'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'),
  token('planetscale_token', ['pscale_'], 'pscale_(?:tkn|pw|oauth)_[\\w=.-]{32,64}'),
  token('databricks_token', ['dapi', 'dose'], '(?:dapi|dose)[a-f0-9]{32}(?:-\\d)?'),
  token(
    'grafana_token',
    ['glsa_', 'glc_', 'eyJrIjoi'],
    '(?:glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,3}|eyJrIjoi[A-Za-z0-9]{70,400}={0,3})',
  ),
  token(
    'newrelic_key',
    ['NRAK-', 'NRJS-', 'NRII-', 'NRAL', 'NRRA-'],
    'NR(?:AK-[A-Z0-9]{27}|JS-[a-f0-9]{19}|II-[\\w-]{32}|RA-[a-f0-9]{42})',
  ),
  token('sentry_token', ['sntrys_', 'sntryu_', 'sntrya_'], 'sntry(?:s_eyJ[\\w+/=-]{50,400}|[ua]_[a-f0-9]{64})'),
  token('dynatrace_token', ['dt0'], 'dt0[a-z]\\d{2}\\.[A-Z0-9]{8,24}\\.[A-Z0-9]{64}'),
  token('pulumi_token', ['pul-'], 'pul-[a-f0-9]{40}'),
  token('supabase_key', ['sbp_', 'sb_secret_'], '(?:sbp_[a-f0-9]{40}|sb_secret_[\\w-]{20,50})'),
  token('infracost_key', ['ico-'], 'ico-[A-Za-z0-9]{32}'),
  token('contentful_token', ['CFPAT-'], 'CFPAT-[\\w-]{43}'),
  token('tailscale_key', ['tskey-'], 'tskey-[a-z]{2,10}-[A-Za-z0-9]{8,20}-[A-Za-z0-9]{16,40}'),
  token('openshift_token', ['sha256~'], 'sha256~[\\w-]{43}'),
  token('mapbox_token', ['pk.eyJ', 'sk.eyJ', 'tk.eyJ'], '[pst]k\\.eyJ[A-Za-z0-9_-]{30,250}\\.[\\w-]{20,60}'),
  token('elastic_key', ['essu_'], 'essu_[A-Za-z0-9+/]{40,200}={0,2}'),
  token('ubidots_token', ['BBFF-'], 'BBFF-[A-Za-z0-9]{30}'),
  token('adobe_secret', ['p8e-'], 'p8e-[A-Za-z0-9_-]{32}'),
  token('intra42_secret', ['s-s4t2'], 's-s4t2(?:ud|af)-[a-f0-9]{64}'),
  token('settlemint_token', ['sm_aat_', 'sm_pat_', 'sm_sat_'], 'sm_[aps]at_[A-Za-z0-9]{16}'),
  token('mongodb_key', ['mdb_sa_'], 'mdb_sa_s[kc]_[\\w-]{30,60}'),
  token('aiven_token', ['AVNS_'], 'AVNS_[\\w-]{15,40}'),
];
