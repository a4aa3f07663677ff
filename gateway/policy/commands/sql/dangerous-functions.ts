import type { Told } from './told.ts';

interface FunctionClass extends Told {
  readonly names: RegExp;
}

/**
 * Functions of all kinds of servers that are known to do more than look. Their names count in every schema and on every
 * server: where they mean nothing, they are not known to be harmless either.
 */
const classes: readonly FunctionClass[] = [
  {
    construct: 'a function that reads server files',
    effects: ['read', 'admin'],
    names:
      /^(pg_read_(binary_)?file(_\w+)?|pg_ls_\w+|pg_stat_file|pg_logdir_ls|pg_current_logfile|pg_hba_file_rules|pg_ident_file_mappings|pg_show_all_file_settings|pg_read_server_files|load_file|readfile|fsdir|fn_get_audit_file|fn_trace_gettable)$/,
  },
  {
    construct: 'a function that writes server files',
    effects: ['write', 'admin'],
    names: /^(lo_export|pg_file_(write|rename|unlink|sync)|lo_import(_with_oid)?|writefile)$/,
  },
  {
    construct: 'a function that runs a program or loads a library',
    effects: ['admin', 'execute'],
    names: /^(load_extension|sys_exec|sys_eval|sys_get|sys_set|edit|shell|fts3_tokenizer|executable)$/,
  },
  {
    construct: 'a function that changes large objects',
    effects: ['write'],
    names: /^(lo_(?!get$)\w+|lowrite|loread)$/,
  },
  {
    construct: 'a function that reaches another host',
    effects: ['execute', 'network'],
    names:
      /^(dblink(_\w+)?|postgres_fdw_\w+|http|http_(get|post|put|delete|patch|head|collect_response)|urlencode_http|table_import_from_s3|query_export_to_s3|invoke|openrowset|openquery|opendatasource|external_query|url|s3|remote|mysql|postgresql|federated)$/,
  },
  {
    construct: 'a function that ends or signals other sessions',
    effects: ['admin'],
    names: /^(pg_terminate_backend|pg_cancel_backend|pg_log_backend_memory_contexts)$/,
  },
  {
    construct: 'a function that changes settings',
    effects: ['admin'],
    names: /^(set_config|pg_reload_conf|pg_rotate_logfile(_\w+)?)$/,
  },
  { construct: 'a function that moves a sequence', effects: ['write'], names: /^(nextval|setval)$/ },
  { construct: 'a function that sends a notification', effects: ['write'], names: /^pg_notify$/ },
  {
    construct: 'a function that takes a lock',
    effects: ['admin'],
    names: /^(pg_(try_)?advisory_\w+|pg_export_snapshot|get_lock|release_lock|release_all_locks)$/,
  },
  {
    construct: 'a function that makes the server wait',
    effects: ['admin'],
    names: /^(pg_sleep(_for|_until)?|sleep|benchmark|system\$wait)$/,
  },
  {
    construct: 'a function that reads a table by its name',
    effects: ['read', 'unknown'],
    names: /^((table|schema|database)_to_xml(schema|_and_xmlschema)?|connectby|xpath_table)$/,
  },
];

/** PURE. What a function does beyond looking, by the last part of its name in lower case; undefined: it is in no list. */
export function dangerOf(name: string): Told | undefined {
  return classes.find(({ names }) => names.test(name));
}
