#!/bin/sh
# Prints the statements that make the schema and the accounts of one server; run once on each, as its administrator:
#   sh accounts.sh mariadb | mariadb        or        sh accounts.sh mysql | mysql
# Passwords come from the environment and have to be made of letters and digits (openssl rand -hex 24).
# Accounts are local to each server: written outside its log, so that a replica's own are not a transaction its writer does
# not know. Only the keeper has rights beyond the schema: whoever has all rights ignores read_only.
set -eu
dialect=$1
network=${MYSQL_ACCOUNTS_FROM:-%}

case $dialect in
  mariadb | mysql) ;;
  *)
    echo "accounts.sh: mariadb or mysql, not $dialect" >&2
    exit 1
    ;;
esac

account() {
  case $2 in
    '' | *[!A-Za-z0-9]*)
      echo "accounts.sh: the password of $1 has to be made of letters and digits" >&2
      exit 1
      ;;
  esac
  echo "CREATE USER IF NOT EXISTS '$1'@'$network';"
  echo "ALTER USER '$1'@'$network' IDENTIFIED BY '$2';"
  echo "GRANT $3 TO '$1'@'$network';"
}

[ "$dialect" = mariadb ] || echo 'SET GLOBAL super_read_only = OFF;'
echo 'SET sql_log_bin = 0;'
echo 'CREATE DATABASE IF NOT EXISTS gala CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;'
account gala_base "${MYSQL_BASE_PASSWORD:-}" \
  'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES, LOCK TABLES ON gala.*'
account gala_app "${MYSQL_APP_PASSWORD:-}" 'SELECT ON gala.*'
account gala_replication "${MYSQL_REPLICATION_PASSWORD:-}" 'REPLICATION SLAVE ON *.*'
account gala_keeper "${MYSQL_KEEPER_PASSWORD:-}" 'ALL ON *.*'
[ "$dialect" = mariadb ] || echo 'SET GLOBAL super_read_only = ON;'
