import type { Fields, Told } from '../told.ts';

/** How results look and how they are planned. Anything else may lift a limit or change what a name means. */
const harmlessSettings =
  /^(timezone|datestyle|intervalstyle|extra_float_digits|bytea_output|client_min_messages|plan_cache_mode|jit|enable_\w+|hnsw\.ef_search|ivfflat\.probes|pg_trgm\.\w*similarity_threshold)$/;

const namedSettings: Readonly<Record<string, string>> = {
  role: 'SET ROLE',
  session_authorization: 'SET SESSION AUTHORIZATION',
  session_replication_role: 'SET session_replication_role',
  row_security: 'SET row_security',
  search_path: 'SET search_path',
};

/** PURE. SET and RESET. Who a session is, what a name means and which limits hold are matters of administration. */
export function readSet({ kind, name, args }: Fields): Told {
  const setting = typeof name === 'string' ? name.toLowerCase() : '';
  if (kind === 'VAR_SET_MULTI') return readModes(setting, args);
  if (kind === 'VAR_RESET_ALL') return { construct: 'RESET ALL', effects: ['admin'] };
  if (harmlessSettings.test(setting)) return { construct: 'SET of a display or planner setting', effects: ['read'] };
  return { construct: namedSettings[setting] ?? 'SET of a setting', effects: ['admin'] };
}

function readModes(setting: string, modes: unknown): Told {
  if (setting === 'session characteristics') return { construct: 'SET SESSION CHARACTERISTICS', effects: ['admin'] };
  return { construct: 'SET TRANSACTION', effects: setsReadWrite(modes) ? ['admin'] : ['read'] };
}

/**
 * PURE. A server that is read from in a transaction of its own is kept from writing by it: whoever ends that one, or
 * makes it writable, is out. To begin one is harmless.
 */
export function readTransaction({ kind, options }: Fields): Told {
  switch (kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return { construct: 'BEGIN', effects: setsReadWrite(options) ? ['admin'] : ['read'] };
    case 'TRANS_STMT_SAVEPOINT':
      return { construct: 'SAVEPOINT', effects: ['read'] };
    case 'TRANS_STMT_RELEASE':
      return { construct: 'RELEASE SAVEPOINT', effects: ['read'] };
    case 'TRANS_STMT_ROLLBACK_TO':
      return { construct: 'ROLLBACK TO SAVEPOINT', effects: ['read'] };
    case 'TRANS_STMT_COMMIT':
      return { construct: 'COMMIT', effects: ['admin'] };
    case 'TRANS_STMT_ROLLBACK':
      return { construct: 'ROLLBACK', effects: ['admin'] };
    default:
      return { construct: 'a two-phase commit', effects: ['admin'] };
  }
}

/** Modes are named `transaction_isolation`, `transaction_read_only`, `transaction_deferrable` or `transaction_snapshot`. */
function setsReadWrite(modes: unknown): boolean {
  if (!Array.isArray(modes)) return false;
  return modes.some(({ DefElem }: { readonly DefElem?: Fields }) => {
    if (DefElem?.['defname'] !== 'transaction_read_only') return false;
    const arg = DefElem['arg'] as { readonly A_Const?: { readonly ival?: { readonly ival?: number } } } | undefined;
    return arg?.A_Const?.ival?.ival !== 1;
  });
}
