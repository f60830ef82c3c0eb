#!/bin/sh
# Draw every secret of docker-compose.yml, once: `deploy/secrets.sh [DIRECTORY]`. What is there already stays as it is.
#
# The directory is for its owner alone. The files in it may be read by everyone who gets that far, because containers
# run as users of their own. Keep a copy in a safe place: without handle_key the log cannot be read or continued.
set -eu

directory=${1:-${ATTUNE_SECRETS:-$(dirname "$0")/secrets}}
umask 022
mkdir -p "$directory/nats"
chmod 700 "$directory"

drawn() { head -c 32 /dev/urandom | base64 | tr -d '=\n' | tr '+/' '-_'; }

# keep NAME VALUE: write it unless it is there.
keep() { [ -s "$directory/$1" ] || printf '%s\n' "$2" > "$directory/$1"; }

keep postgres_password "$(drawn)"
keep handle_key "$(drawn)"
keep grafana_password "$(drawn)"
keep webhook_secret "whsec_$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
keep database_url "postgresql://attune:$(cat "$directory/postgres_password")@postgres/attune"
# Each service's own, which may do what that service must; `attune migrate --login` makes them.
keep projector_database_url "postgresql://projector:$(drawn)@postgres/attune"
keep alerts_database_url "postgresql://alerts:$(drawn)@postgres/attune"
keep console_database_url "postgresql://console:$(drawn)@postgres/attune"
keep nats_url "nats://attune:$(drawn)@nats:4222"

password=$(sed 's|.*attune:\(.*\)@.*|\1|' "$directory/nats_url")
keep nats/users.conf "users = [
  {\"user\": \"attune\", \"password\": \"$password\"}
]"
keep nats/sources.conf "# One connector per line; deploy/add-source.sh adds them.
users = [
]"
echo "the secrets are in $directory"
