#!/bin/sh
# Creates Temporal's two databases and brings their schema up to date. Safe to run again.
set -eu
export SQL_HOST="$POSTGRES_SEEDS" SQL_PORT="$DB_PORT" SQL_USER="$POSTGRES_USER"
tool() { temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" -p "$SQL_PORT" -u "$SQL_USER" "$@"; }

setup() { # setup DATABASE SCHEMA
  tool --db "$1" create
  tool --db "$1" setup-schema -v 0.0 || true
  tool --db "$1" update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}
setup temporal temporal
setup temporal_visibility visibility
