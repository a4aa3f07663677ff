import type pg from 'pg';

/** Has so much time pass since the last looks at leases as if PostgreSQL's clock had gone on; less than 0 sets it back. */
export async function passBetweenLooks(admin: pg.Pool, ms: number): Promise<void> {
  for (const table of ['gateway_instance', 'execution']) {
    await admin.query(`update countersign.${table} set looked_at = looked_at - $1 * interval '1 millisecond'`, [ms]);
  }
}
