import type { JudgeInput } from '../../../gateway/policy/judge-input.ts';

/** A policy of a company: rules about its servers, teams, commands, arguments and hours. */
export function policyText(rules: number): string {
  const servers = Array.from({ length: 20 }, (_, n) => {
    return `  - { name: server-${n}, upstream: { url: "http://127.0.0.1" }, tools: { "sql*": { dialect: postgres, field: /sql }, "sh*": { dialect: bash, field: /command } } }`;
  });
  const written = Array.from({ length: rules }, (_, n) => `  - { id: rule-${n}, ${ruleText(n)} }`);
  return `version: 1
publicUrl: http://127.0.0.1
connections:
${servers.join('\n')}
approvers: { sre: { members: [a@example.com, b@example.com] } }
defaults: { approval: { groups: [sre] } }
rules:
${written.join('\n')}
`;
}

/** Every tenth asks with an expression, and a few of each kind speak of every server. */
function ruleText(n: number): string {
  const server = n % 50 === 7 ? '"*"' : `server-${n % 20}`;
  switch (n % 10) {
    case 0:
      return `match: { connection: ${server}, tool: "sql*", sql: { effects: [ddl, admin] } }, decision: block`;
    case 1:
      return `match: { connection: ${server}, tool: "sh*", shell: { effects: [destroy] } }, decision: require_approval`;
    case 2:
      return `match: { connection: ${server}, args: { /path: "/srv/team-${n}/*" } }, decision: block`;
    case 3:
      return `match: { connection: ${server}, claims: { groups: { any: [team-${n}, team-${n + 1}] } } }, decision: allow`;
    case 4:
      return `match: { connection: ${server}, tool: "set_*" }, when: "has(args.limit) && args.limit > ${n}", decision: require_approval`;
    case 5:
      return `match: { connection: ${server}, tool: "get_${n}|list_*", claims: { groups: "team-*" } }, decision: allow`;
    case 6:
      return `match: { connection: ${server}, tool: "sql*", sql: { effects: [read] } }, decision: allow`;
    case 7:
      return `match: { connection: ${server}, tool: "*_secret" }, decision: block`;
    case 8:
      return `match: { connection: ${server}, time: { tz: Europe/Zurich, outside: "Mon-Fri 08:00-18:00" }, tool: "set_*" }, decision: require_approval`;
    default:
      return `match: { connection: ${server}, tool: "sh*", shell: { constructs: "rm*" } }, decision: block`;
  }
}

/** Calls to all servers by many teams; their commands are read when they are judged. */
export function calls(count: number): JudgeInput[] {
  return Array.from({ length: count }, (_, n) => {
    const tool = ['get_5', 'set_limit', 'list_x', 'read_secret', 'sql_query', 'shell'][n % 6] ?? '';
    const sql = n % 4 === 0 ? `drop table t${n}` : `select * from t${n} where id = ${n}`;
    return {
      connection: `server-${n % 20}`,
      method: 'tools/call',
      tool,
      caller: { issuer: 'https://issuer', subject: `s${n}`, groups: [`team-${n % 500}`, 'everybody'], actors: [] },
      args: { path: `/srv/team-${n}/x`, limit: n, sql, command: `ls -l /srv/${n} | grep x` },
      at: new Date(Date.UTC(2026, 0, 1 + (n % 7), n % 24)),
    };
  });
}

const textChars = 1_024;

/** Statements of about one kibibyte, no two alike. */
export function statements(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    switch (n % 3) {
      case 0:
        return grown(
          `select c.id, c.name from customers c join orders o on o.customer = c.id where c.id in (${n}`,
          (i) => `, ${i * n}`,
          ')',
        );
      case 1:
        return grown(`insert into t${n} (a, b) values (1, 'x')`, (i) => `, (${i}, 'text ${i}')`, '');
      default:
        return grown(
          `with a as (select 1 as n)`,
          (i) => `, a${i} as (select n + ${i} as n from a)`,
          ` select * from a where n > ${n}`,
        );
    }
  });
}

/** Commands of about one kibibyte, no two alike. */
export function commands(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    switch (n % 3) {
      case 0:
        return grown(`cd /srv/${n}`, (i) => ` && grep -n "word ${i}" file-${i}.txt`, ' | sort | uniq -c');
      case 1:
        return grown(`for f in *.log; do echo "$f"`, (i) => `; wc -l "$f" > /tmp/out-${i}`, '; done');
      default:
        return grown(
          `kubectl get pods -n n${n}`,
          (i) => `; kubectl logs pod-${i} --tail=${i}`,
          '; sudo bash -c "ls -l /"',
        );
    }
  });
}

function grown(start: string, part: (index: number) => string, end: string): string {
  let text = start;
  for (let index = 1; text.length + end.length < textChars - part(index).length; index += 1) text += part(index);
  return text + end;
}
