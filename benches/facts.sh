#!/bin/sh
# The machine that is measured on, and the version of every program and package: a name, a tab, a value.
# What is missing has none.

version() {
    name=$1
    shift
    # The first number with a point in it, and what belongs to it. wrk prints its own and fails.
    printf '%s\t%s\n' "$name" "$("$@" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+([-+~][0-9a-z+]+)?' | head -1)"
}
fact() { printf '%s\t%s\n' "$1" "$2"; }

fact Processor "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)"
fact Cores "$(nproc)"
fact Memory "$(awk '/^MemTotal/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo)"
fact Kernel "$(uname -r)"
fact System "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)"

version rustc rustc --version
version node node --version
python=${HUIHUA_DJANGO%%:*}/bin/python
version Python "$python" --version
version 'SQLite of Django' "$python" -c 'import sqlite3; print(sqlite3.sqlite_version)'
for package in django gunicorn; do
    version "$package" "$python" -c "import $package; print($package.__version__)"
done
for package in express express-session connect-redis redis better-sqlite3-session-store better-sqlite3; do
    version "$package" node -p "require('./benches/peers/express/node_modules/$package/package').version"
done
version 'SQLite of Express' node -p \
    "require('./benches/peers/express/node_modules/better-sqlite3')(':memory:')
        .prepare('select sqlite_version()').pluck().get()"
for package in tower-sessions tower-sessions-core tower-sessions-moka-store tower-sessions-redis-store \
    tower-sessions-sqlx-store sqlx; do
    version "$package (stock)" grep -A1 -x "name = \"$package\"" benches/stock/Cargo.lock
done
# SQLite is part of the program, which says so when it looks after its store.
huihua() {
    SESSION_ENGINE=db DATABASE_URL=sqlite::memory: SECRET_KEY='only to see which SQLite is in it' \
        target/release/huihua doctor | grep -o 'SQLite [0-9.]*'
}
version 'SQLite of Huihua' huihua
version redis-server redis-server --version
version postgres "$(ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -1)" --version
version wrk wrk -v
version oha oha --version
