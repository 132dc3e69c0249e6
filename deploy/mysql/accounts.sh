#!/bin/sh
# Prints the statements that make the schema and the accounts of one server; run once on each, as its administrator:
#   sh accounts.sh mariadb | mariadb        or        sh accounts.sh mysql | mysql
# Passwords come from the environment and have to be made of letters and digits (openssl rand -hex 24).
# Accounts are local to each server: written outside its log, so that a replica's own are not a transaction its writer does
# not know. Nobody has all rights: whoever has ignores read_only. With MySQL something else than base decides who writes.
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
  also "$1" "$3"
}

also() {
  echo "GRANT $2 TO '$1'@'$network';"
}

[ "$dialect" = mariadb ] || echo 'SET GLOBAL super_read_only = OFF;'
echo 'SET sql_log_bin = 0;'
echo 'CREATE DATABASE IF NOT EXISTS gala CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;'
account gala_base "${MYSQL_BASE_PASSWORD:-}" \
  'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES, LOCK TABLES ON gala.*'
if [ "$dialect" = mariadb ]; then
  # Who may write to this server and until when, for itself alone: every transaction looks there.
  echo 'CREATE DATABASE IF NOT EXISTS gala_local;'
  echo 'CREATE TABLE IF NOT EXISTS gala_local.writer (id TINYINT UNSIGNED PRIMARY KEY, token BIGINT UNSIGNED NOT NULL, safe BOOLEAN NOT NULL, until_at DATETIME(3) NOT NULL) ENGINE=InnoDB;'
  echo "INSERT IGNORE INTO gala_local.writer VALUES (1, 0, FALSE, '2000-01-01');"
  # Base looks at the servers of the other data centres, too, before it takes over from one.
  also gala_base 'SELECT ON gala_local.*'
  also gala_base 'SLAVE MONITOR, BINLOG MONITOR ON *.*'
fi
account gala_app "${MYSQL_APP_PASSWORD:-}" 'SELECT ON gala.*'
account gala_replication "${MYSQL_REPLICATION_PASSWORD:-}" 'REPLICATION SLAVE ON *.*'
if [ "$dialect" = mariadb ]; then
  account gala_keeper "${MYSQL_KEEPER_PASSWORD:-}" \
    'READ_ONLY ADMIN, REPLICATION SLAVE ADMIN, REPLICATION MASTER ADMIN, SLAVE MONITOR, BINLOG ADMIN, CONNECTION ADMIN, PROCESS, RELOAD ON *.*'
  also gala_keeper 'SELECT, UPDATE, EVENT ON gala_local.*'
  also gala_keeper 'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES ON gala.*'
  # Where it copies the writer to before it exchanges a server's tables for the copy.
  also gala_keeper 'SELECT, INSERT, CREATE, ALTER, DROP ON gala_copy.*'
  # When that time is over the server sets itself to read only, whoever is alive to see to it.
  echo "CREATE DEFINER='gala_keeper'@'$network' EVENT IF NOT EXISTS gala_local.dead_man ON SCHEDULE EVERY 1 SECOND DO SET GLOBAL read_only = IF((SELECT COUNT(*) FROM gala_local.writer WHERE until_at > SYSDATE(3)) = 0, 1, @@global.read_only);"
fi
[ "$dialect" = mariadb ] || echo 'SET GLOBAL super_read_only = ON;'
