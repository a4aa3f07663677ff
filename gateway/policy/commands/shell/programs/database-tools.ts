import { admin, adminDestroy, read, write } from '../../effects.ts';
import type { Programs } from '../invocation.ts';
import { plain } from '../plain.ts';
import { verbs } from '../verbs.ts';

const dump = plain({
  effects: read,
  grammar: { valued: 'fdhpUtnTNjFr' },
  adds: {
    'f|file|r|result-file|T|tab': [write, 'a dump to a file'],
    'defaults-file|defaults-extra-file|plugin-dir|init-command': [
      ['unknown', 'execute'],
      'a dump with settings of the caller',
    ],
  },
});

export const databaseTools: Programs = {
  pg_dump: dump,
  pg_dumpall: dump,
  mysqldump: dump,
  'mariadb-dump': dump,
  pg_restore: plain({ effects: ['write', 'destroy', 'ddl'] }),
  pg_isready: plain({ effects: ['network', 'read'] }),
  createdb: plain({ effects: ['ddl'] }),
  createuser: plain({ effects: admin }),
  dropdb: plain({ effects: ['ddl', 'destroy'] }),
  dropuser: plain({ effects: adminDestroy }),
  vacuumdb: plain({ effects: admin }),
  reindexdb: plain({ effects: admin }),
  pg_ctl: plain({ effects: admin }),
  mysqladmin: plain({ effects: adminDestroy }),
  ...verbs({
    'redis-cli': {
      valued: ['-h', '-p', '-a', '-n', '-u', '--user', '--pass', '-s', '-r', '-i'],
      flags: ['--no-auth-warning', '--raw', '--no-raw', '-c', '--tls', '-3', '--csv', '--json'],
      read: [
        'get mget exists ttl pttl type keys scan hget hgetall hkeys hvals hlen llen lrange lindex scard smembers sismember sscan zrange zcard zscore zcount info dbsize ping memory strlen getrange randomkey time lastsave object xlen xrange xinfo pubsub',
      ]
        .map((names) => `${names} ${names.toUpperCase()}`)
        .join(' '),
      write: [
        'set mset append incr incrby decr hset hmset lpush rpush sadd zadd expire persist rename setex setnx xadd publish',
      ]
        .map((names) => `${names} ${names.toUpperCase()}`)
        .join(' '),
      destroy: ['del unlink flushall flushdb lpop rpop srem zrem hdel ltrim getdel xtrim spop']
        .map((names) => `${names} ${names.toUpperCase()}`)
        .join(' '),
      admin: [
        'config shutdown save bgsave bgrewriteaof replicaof slaveof acl client cluster failover debug latency slowlog monitor',
      ]
        .map((names) => `${names} ${names.toUpperCase()}`)
        .join(' '),
    },
  }),
};
