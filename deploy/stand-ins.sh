#!/bin/sh
# Build stand-ins for the images that docker-compose.yml names, from Debian's packages: for a machine that runs Docker
# but reaches no image registry. They answer to the same names, users, paths and variables, and are for trying things
# out, never for production. Needs root, docker and debootstrap; `deploy/stand-ins.sh [DIRECTORY]` keeps what it fetched
# in DIRECTORY. MIRROR names another mirror than this machine's.
set -eu

directory=${1:-$(mktemp -d)}
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)}
mkdir -p "$directory"

# rootfs SUITE PACKAGES: a small Debian of that suite, imported as stand-in:SUITE.
rootfs() {
    if [ ! -e "$directory/$1.done" ]; then
        # Older debootstraps do not know newer suites by name; the script is the same for all of them.
        debootstrap --variant=minbase --include="$2" "$1" "$directory/$1" "$mirror" /usr/share/debootstrap/scripts/sid
        touch "$directory/$1.done"
    fi
    tar --numeric-owner --exclude=./var/cache/apt/archives --exclude=./var/lib/apt/lists \
        --exclude='./dev/*' -C "$directory/$1" -c . | docker import - "stand-in:$1"
}

# image NAME: build NAME from the Dockerfile on standard input.
image() {
    DOCKER_BUILDKIT=0 docker build --quiet --tag "$1" - && echo "$1"
}

# trixie has the Python of the image that ours is built on; forky the versions of PostgreSQL and NATS that we run.
rootfs trixie python3,python3-venv,ca-certificates
rootfs forky postgresql-18,nats-server,prometheus,wget,ca-certificates

image python:3.13.9-slim-trixie <<'END'
FROM stand-in:trixie
RUN ln -s /usr/bin/python3 /usr/local/bin/python
CMD ["python"]
END

image postgres:18.4-trixie <<'END'
FROM stand-in:forky
RUN groupmod --non-unique --gid 999 postgres && usermod --uid 999 --gid 999 postgres \
    && rm -rf /var/lib/postgresql && install -d -o 999 -g 999 -m 1777 /var/lib/postgresql \
    && install -d -o 999 -g 999 -m 3777 /var/run/postgresql
ENV PATH=/usr/local/bin:/usr/lib/postgresql/18/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/18/docker LANG=C.UTF-8
RUN printf '%s\n' '#!/bin/sh' 'set -eu' \
    'if [ ! -s "$PGDATA/PG_VERSION" ]; then' \
    '    mkdir -p "$PGDATA"' \
    '    initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \' \
    '           --auth-local=trust --auth-host=scram-sha-256' \
    '    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"' \
    '    echo "listen_addresses = '"'*'"'" >> "$PGDATA/postgresql.conf"' \
    '    pg_ctl -w -o "-c listen_addresses=" start' \
    '    createdb --username="$POSTGRES_USER" "$POSTGRES_DB"' \
    '    pg_ctl -w stop' \
    'fi' \
    'exec "$@"' > /usr/local/bin/docker-entrypoint.sh && chmod 755 /usr/local/bin/docker-entrypoint.sh
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
END

image nats:2.15.1-alpine <<'END'
FROM stand-in:forky
CMD ["nats-server"]
END

image prom/prometheus:v3.5.0 <<'END'
FROM stand-in:forky
RUN rm -rf /prometheus && install -d -o 65534 -g 65534 /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
END
