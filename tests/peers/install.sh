#!/bin/sh
# Installs the real servers that tests talk to, where that can be done: root on Debian. Says why not otherwise.
[ -x /usr/sbin/rt-setup-database-5 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "Request Tracker is not installed and cannot be here (not root, or no apt-get): its tests will be skipped." >&2
  exit 0
fi
echo "Installing Request Tracker 5…" >&2
DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends request-tracker5 rt5-db-sqlite rt5-standalone curl; } >/dev/null 2>&1 ||
  echo "apt-get could not install Request Tracker: its tests will be skipped." >&2
