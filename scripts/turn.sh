#!/usr/bin/env bash
# A relay (TURN) for private cameras whose devices and viewers find no straight way to each other: Debian's coturn, with credentials that Vigil makes.
#   scripts/turn.sh DIRECTORY [PORT]    writes secret and configuration there (0600), and runs it in the foreground
# TURN_HOST: the address it relays from (default: the machine's first). TURN_PUBLIC_HOST: what a router shows instead.
set -euo pipefail
place=${1:?a directory} port=${2:-3478}
command -v turnserver >/dev/null || { echo "The TURN server is missing: sudo apt-get install -y --no-install-recommends coturn" >&2; exit 69; }
mkdir -p "$(dirname "$place")" # As Vigil makes it: PostgreSQL's user has to pass through.
umask 077
mkdir -p "$place"
# In a file, and never in an argument: arguments are in the list of processes.
[ -s "$place/turn-secret" ] || head -c 32 /dev/urandom | base64 | tr -d '=+/\n' >"$place/turn-secret"
here=${TURN_HOST:-$(hostname -I | cut -d' ' -f1)}
public=${TURN_PUBLIC_HOST:-$here}
{
  cat <<CONF
listening-port=$port
relay-ip=$here
realm=vigil
use-auth-secret
static-auth-secret=$(cat "$place/turn-secret")
fingerprint
min-port=49152
max-port=49252
user-quota=12
total-quota=90
max-bps=1500000
stale-nonce=600
max-allocate-lifetime=3600
no-cli
no-tls
no-dtls
no-tcp-relay
no-multicast-peers
no-stdout-log
log-file=$place/turn.log
simple-log
pidfile=$place/turn.pid
userdb=$place/turn.db
CONF
  # Whoever may use the relay must not reach into the house through it, in whatever dress the address comes.
  for range in 0.0.0.0-0.255.255.255 10.0.0.0-10.255.255.255 100.64.0.0-100.127.255.255 127.0.0.0-127.255.255.255 169.254.0.0-169.254.255.255 \
    172.16.0.0-172.31.255.255 192.0.0.0-192.0.0.255 192.168.0.0-192.168.255.255 198.18.0.0-198.19.255.255 224.0.0.0-255.255.255.255 \
    ::-::1 ::ffff:0:0-::ffff:ffff:ffff 64:ff9b::-64:ff9b::ffff:ffff 2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
    fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff ff00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff; do
    echo "denied-peer-ip=$range"
  done
  # Both ends may come through this relay: each then is the other's peer.
  echo "allowed-peer-ip=$here"
  if [ "$public" != "$here" ] && [[ $public =~ ^[0-9.]+$ ]]; then
    echo "external-ip=$public/$here"
    echo "allowed-peer-ip=$public"
  fi
} >"$place/turnserver.conf"
exec turnserver -c "$place/turnserver.conf"
