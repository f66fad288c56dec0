#!/bin/sh
# Finds or installs a group of tools, and prints the environment in which they work together, a
# variable a line: tools.sh GROUP. The groups are at the end; progress is on standard error.
#
# Every tool is pinned to a version, looked for first in the folder of installed tools and on the
# PATH, and installed once for the user where it is missing. With HUIHUA_NO_INSTALL=1 nothing is
# installed: the missing tools are listed with the command for each.
set -eu

# The folder of installed tools: $HUIHUA_TOOLS, or one in the user's cache.
home=${HUIHUA_TOOLS:-}
if [ -z "$home" ]; then
    case $(uname) in Darwin) cache=Library/Caches ;; *) cache=.cache ;; esac
    case ${XDG_CACHE_HOME:-} in
        /*) cache=$XDG_CACHE_HOME ;;
        *) cache=${HOME:?no home folder: set HUIHUA_TOOLS to one for the tools}/$cache ;;
    esac
    home=$cache/huihua
fi
case $home in /*) ;; *) home=$PWD/$home ;; esac

root=$(cd "$(dirname "$0")/.." && pwd)
end2end=$root/end2end
# For the PATH and HUIHUA_DJANGO, a colon after each folder.
folders='' djangos=''
missing=''
apt='apt-get update && apt-get install -y --no-install-recommends'
export DEBIAN_FRONTEND=noninteractive
# Most programs run for seconds a build: optimising them takes minutes more than it saves.
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_LTO=off
export CARGO_PROFILE_RELEASE_DEBUG=false
# cargo-leptos has a copy of OpenSSL, for git alone, which takes a minute to compile: the system's will do.
! pkg-config --exists openssl 2> /dev/null || export OPENSSL_NO_VENDOR=1

fail() {
    printf '\n%s\n' "$1" >&2
    exit 1
}

has() { command -v "$1" > /dev/null; }

is_root() { [ "$(id -u)" = 0 ]; }

# As one would type it into a shell.
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# tool NAME FIND INSTALLER BY_HAND: finds or installs one thing. FIND is a function that succeeds if it
# is there and works, and remembers where; INSTALLER is a line of shell, BY_HAND advice if that fails.
tool() {
    name=$1 find=$2 installer=$3 by_hand=$4
    printf '%s … ' "$name" >&2
    if "$find"; then
        echo there >&2
    elif [ -n "${HUIHUA_NO_INSTALL:-}" ]; then
        echo missing >&2
        missing=$(printf '%s\n  %s:\n    %s' "$missing" "$name" "$installer")
    else
        printf 'installing, once, which may take minutes … ' >&2
        start=$(date +%s)
        mkdir -p "$home"
        # Two installers of the same tool would write into the same folder: the second one waits, and
        # finds what the first one has installed. The lock goes with the process; macOS has no flock.
        (
            flock 9 2> /dev/null || perl -e 'open my $lock, ">&=", 9; flock $lock, 2 or die $!'
            "$find" || install_tool
        ) 9> "$home/lock"
        "$find" || give_up 'it was installed, but does not work'
        took=$(($(date +%s) - start))
        echo "done in $((took / 60)) min $((took % 60)) s" >&2
    fi
    folder=''
}

install_tool() {
    log=$home/$(printf %s "$name" | tr ' /' '--').log
    (eval "$installer") > "$log" 2>&1 < /dev/null 9>&- || give_up "exit status $?
$(tail -n 15 "$log" | sed 's/^/    /')
  (all of it is in $log)"
    rm "$log"
    # The folder gets its name once everything is in it: there is no half of a tool. What was begun and
    # broken off goes on where it stopped.
    [ -z "$folder" ] || rm -rf "$folder.unfinished/target" "$folder"
    [ -z "$folder" ] || mv "$folder.unfinished" "$folder"
}

give_up() {
    echo failed >&2
    fail "$name could not be installed
  tried: $installer
  result: $1
  by hand: $(echo "$by_hand" | tr -s '\n ' ' ')"
}

# A program whose `--version` has the word $version: in its own folder $bin, or on the PATH.
find_program() {
    if says_version "$bin/$program"; then
        folders=$folders$bin:
    else
        says_version "$program"
    fi
}

says_version() {
    said=$("$1" --version 2> /dev/null < /dev/null) || return
    echo "$said" | tr ' \t' '\n' | grep -Fqx -e "$version"
}

# cargo_tool PACKAGE VERSION OPT_LEVEL [--locked]: with what is in C optimised as much as the rest.
cargo_tool() {
    folder=$home/$1-$2 bin=$home/$1-$2/bin program=${1%-cli} version=$2
    export CARGO_PROFILE_RELEASE_OPT_LEVEL="$3" CARGO_TARGET_DIR="$folder.unfinished/target"
    cflags=${CFLAGS:-}
    export CFLAGS="$cflags -O$3"
    tool "$1 $2" find_program "cargo install $1@$2 --root $(quoted "$folder.unfinished")${4:+ $4}" \
        'run the command above and read what it says; with --root left out it installs the program among
            your own, where it is found as well'
    export CFLAGS="$cflags"
}

# npm_tool PACKAGE VERSION PROGRAM WORD: the word is the program's own for its version.
npm_tool() {
    folder=$home/$1-$2 bin=$home/$1-$2/node_modules/.bin program=$3 version=$4
    tool "$1 $2" find_program \
        "npm install --no-save --no-audit --no-fund --prefix $(quoted "$folder.unfinished") $1@$2" \
        'npm comes with Node.js (version 20 or newer, https://nodejs.org)'
}

# The version of a package that the workspace has.
locked() { sed -n "/^name = \"$1\"\$/{n;s/^version = \"\(.*\)\"\$/\1/p;q;}" "$root/Cargo.lock"; }

# npm_packages FOLDER: those that its package-lock.json names.
npm_packages() {
    packages=$root/$1
    tool "packages of ${1##*/}" find_packages "cd $(quoted "$packages") && npm ci --no-audit --no-fund" \
        'npm comes with Node.js (version 20 or newer, https://nodejs.org); with it, run the command above
            and read what it says'
}

find_packages() {
    # npm writes its own list of what it has installed last.
    installed=$packages/node_modules/.package-lock.json
    [ -n "$(find "$packages/package-lock.json" ! -newer "$installed" 2> /dev/null)" ]
}

# debian optional|required PROGRAMS PACKAGES BY_HAND: where optional ones can't be installed, the rest
# goes on without them outside CI.
debian() {
    need=$1 programs=$2
    tool "$2" find_debian "$apt $3" "$4"
}

find_debian() {
    if [ "$need" = optional ] && [ -z "${CI+set}" ] && ! { is_root && has apt-get; }; then
        return 0
    fi
    # On the PATH, or where Debian puts servers.
    for program in $programs; do
        for place in '' /usr/sbin/ /usr/lib/postgresql/*/bin/; do
            ! has "$place$program" || continue 2
        done
        return 1
    done
}

# django NAME REQUIREMENT: a release in a folder of its own, with what its engines need.
django() {
    python=$home/$1 requirement=$2
    tool "$1" find_django "sh $(quoted "$end2end/django/install.sh") $(quoted "$python") '$2'" \
        'install Python 3.10 or newer with its module venv (Debian: python3-venv); outside CI the tests that
            need Django are left out without Python'
}

find_django() {
    # Who has no Python runs the other tests; only CI has to run all.
    [ -n "${CI+set}" ] || has python3 || return 0
    # It holds what is asked for today, and works.
    { cat "$end2end/django/requirements.txt" && echo "$requirement"; } |
        cmp -s - "$python/requirements.txt" || return
    "$python/bin/python" -c 'import django' 2> /dev/null < /dev/null || return
    djangos=$djangos$python:
}

# Asks the compiler instead of rustup, which is only one of the ways to install it.
find_wasm_target() {
    library=$(rustc --print=target-libdir --target wasm32-unknown-unknown 2> /dev/null) || return
    [ -n "$(find "$library" -name 'libcore-*' 2> /dev/null)" ]
}

# The browser that CHROMIUM names, one that is installed, or Playwright's own.
find_chromium() {
    if [ -n "${CHROMIUM:-}" ]; then
        ! runs "$CHROMIUM" || return 0
        fail "CHROMIUM names $CHROMIUM, which is no program that runs"
    fi
    ask="require('@playwright/test').chromium.executablePath()"
    for program in chromium chromium-browser google-chrome-stable google-chrome \
        /Applications/Chromium.app/Contents/MacOS/Chromium \
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
        "$(cd "$end2end" && node --print "$ask" 2> /dev/null)"; do
        program=$(command -v "$program") && runs "$program" && CHROMIUM=$program && return
    done
    return 1
}

# A program of that name may be there only to say how to get the browser.
runs() { [ -f "$1" ] && "$1" --version > /dev/null 2>&1 < /dev/null; }

chromium_installer() {
    if ! is_root; then
        echo "cd $(quoted "$end2end") && npx --no -- playwright install chromium"
    # Ubuntu's packages of that name lead to a snap, which does not run everywhere.
    elif grep -qsx ID=debian /etc/os-release; then
        # With fonts for what the pages say.
        echo "$apt chromium fonts-noto-cjk fonts-noto-color-emoji"
    else
        # The libraries that the browser needs are the system's, and only root installs them.
        echo "cd $(quoted "$end2end") && npx --no -- playwright install --with-deps chromium"
    fi
}

group() {
    case $1 in
        build)
            # The target for which the browser's half of the site is compiled.
            tool 'Rust for wasm32-unknown-unknown' find_wasm_target \
                'rustup target add wasm32-unknown-unknown' \
                "install Rust with rustup (https://rustup.rs) and run the command above again; if Rust comes
                    from your system's packages, install their package for wasm32"
            # It takes any wasm-opt and wasm-bindgen that are on the PATH, and downloads what it does not
            # find there. Newer releases need a newer compiler than the workspace promises.
            cargo_tool cargo-leptos 0.3.10 0 --locked
            # The program writes what the library of exactly the same version reads.
            #
            # Not --locked: its lock file names versions no older than itself, which a mirror of the
            # registry that lags behind does not have.
            cargo_tool wasm-bindgen-cli "$(locked wasm-bindgen)" 0
            # Makes the WebAssembly smaller: the npm package has it for every system.
            npm_tool binaryen 132.0.0 wasm-opt 132
            ;;
        counts)
            # Counts the instructions of a program: callgrind is in it.
            debian optional valgrind valgrind \
                'install valgrind 3.19 or newer in the usual way of your system; outside CI no instructions
                    are counted without'
            # Runs the benchmarks of exactly the same version.
            cargo_tool gungraun-runner "$(locked gungraun)" 0
            ;;
        servers)
            # The Rust tests start them.
            debian optional 'redis-server memcached mariadbd initdb pgbouncer nginx' \
                'redis-server memcached mariadb-server postgresql pgbouncer nginx-light openssl' \
                'install redis 7, memcached 1.6, mariadb-server, postgresql, pgbouncer and nginx in the
                    usual way of your system; outside CI the tests that need them are left out without'
            ;;
        unit)
            group servers
            # The peers that sessions are shared with: the release that everything is written for, and the
            # newest other one that this Python runs.
            django django-5.2 'Django==5.2.*'
            django django-other 'Django!=5.2.*'
            ;;
        cluster)
            group build
            group servers
            ;;
        # Checks what the workspace is made of: licences, sources, duplicates.
        dependencies) cargo_tool cargo-deny 0.20.2 1 ;;
        tests)
            for part in build counts unit dependencies; do group "$part"; done
            npm_packages end2end
            tool Chromium find_chromium "$(chromium_installer)" \
                'install Chromium or Chrome in the usual way of your system; if it is not found then, name
                    its program in the variable CHROMIUM'
            ;;
        bench)
            group tests
            npm_packages benches/peers/express
            # Asks for pages as fast as they come.
            debian required wrk wrk \
                'install wrk 4.1 or newer in the usual way of your system: no site can be put under load
                    without'
            # Asks for a page so many times a second. The newest versions of what it is made of need a
            # newer compiler.
            cargo_tool oha 1.16.0 3 --locked
            # Says how good a page is. Newer releases need a newer Node.js than the rest.
            npm_tool lighthouse 12.8.2 lighthouse 12.8.2
            ;;
        *) fail "there is no group of tools called $1" ;;
    esac
}

folder=''
group "$1"
[ -z "$missing" ] ||
    fail "HUIHUA_NO_INSTALL is set, so nothing is installed. Missing, and how to get it:$missing"
printf '%s\n' "PATH=$folders$PATH"
[ -z "$djangos" ] || printf '%s\n' "HUIHUA_DJANGO=${djangos%:}"
[ -z "${CHROMIUM:-}" ] || printf '%s\n' "CHROMIUM=$CHROMIUM"
