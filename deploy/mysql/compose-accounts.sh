#!/bin/sh
# Run by the image when it starts on an empty folder, while nobody can reach the server yet.
sh /opt/gala/accounts.sh mariadb | mariadb -uroot -p"$MARIADB_ROOT_PASSWORD"
