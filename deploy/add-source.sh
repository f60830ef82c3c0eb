#!/bin/sh
# Let a connector report: `deploy/add-source.sh NAME` prints its credentials as JSON and lets NATS know its user, which
# may publish to its own subject and listen to its own answers and refusals, nothing else. COMPOSE names the program,
# with its -f and -p if any.
set -eu

name=${1:?usage: deploy/add-source.sh NAME}
folder=${ATTUNE_SECRETS:-$(dirname "$0")/secrets}/nats
users=$folder/sources.conf
compose=${COMPOSE:-docker compose}

if grep -q "\"user\": \"$name\"" "$users" "$folder/users.conf"; then
    echo "$name is a user of NATS already: see $folder" >&2
    exit 1
fi
credentials=$($compose run --rm -T attune source add "$name" --json)
password=$(printf '%s' "$credentials" | sed -n 's/.*"nats_password": *"\([^"]*\)".*/\1/p')
# Beside it, then in its place: NATS never reads half a file.
{
    grep -v '^]' "$users"
    printf '  {"user": "%s", "password": "%s", "permissions": {"publish": {"allow": ["touchpoints.in.%s"]}, "subscribe": {"allow": ["_INBOX.%s.>", "touchpoints.rejected.%s"]}}}\n]\n' \
        "$name" "$password" "$name" "$name" "$name"
} > "$users.next"
mv "$users.next" "$users"
$compose kill -s HUP nats >&2
printf '%s\n' "$credentials"
