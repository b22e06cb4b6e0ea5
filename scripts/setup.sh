#!/bin/sh
# scripts/setup.sh [build] [demo] [test] [bench] [fuzz] - install the Debian packages that are missing.
#
# Nothing missing: says nothing and is done in a few milliseconds. Something
# missing: apt-get, as root or through sudo; where neither may be, the exact
# command is printed and the exit status is 2.
set -eu

build="gcc libc6-dev meson ninja-build pkg-config python3 libsodium-dev libssl-dev libsqlite3-dev libpq-dev libfyaml-dev"
test="cmark-gfm libcmocka-dev nodejs python3-yaml openssl curl postgresql iproute2"
demo="curl"
bench="nodejs wrk"
fuzz="clang libclang-rt-14-dev"

want=
for word in "${@:-build}"; do
    case $word in
    build) want="$want $build" ;;
    demo) want="$want $demo" ;;
    test) want="$want $test" ;;
    bench) want="$want $bench" ;;
    fuzz) want="$want $fuzz" ;;
    *)
        echo "setup: '$word' is none of: build demo test bench fuzz" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "setup: this is not a Debian system; troth is built and tested on Debian 12." >&2
    echo "setup: going on with what is there; needed (by their Debian names):$want" >&2
    exit 0
fi

# A node of 18 or later that came from elsewhere will do.
node_will_do() {
    major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9][0-9]*\)\..*/\1/p')
    [ "${major:-0}" -ge 18 ]
}

# shellcheck disable=SC2086 # a list of words
have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $want 2>/dev/null |
    sed -n 's/^installed //p' | tr '\n' ' ')
missing=
for package in $want; do
    case " $have $missing " in
    *" $package "*) continue ;;
    esac
    if [ "$package" = nodejs ] && node_will_do; then
        continue
    fi
    missing="$missing $package"
done
[ -z "$missing" ] && exit 0

command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root="sudo"
else
    echo "setup: these packages are missing:$missing" >&2
    echo "setup: they can only be installed by root, and sudo is not usable here. Please run as root:" >&2
    echo "    apt-get update && $command" >&2
    exit 2
fi

echo "setup: installing:$missing" >&2
run() {
    # shellcheck disable=SC2086 # words on purpose
    $as_root env DEBIAN_FRONTEND=noninteractive "$@" </dev/null >&2
}
# The package lists may be missing or old: refresh them only when the first try fails.
# shellcheck disable=SC2086
if ! run $command 2>/dev/null; then
    run apt-get -q update || true
    # shellcheck disable=SC2086
    if ! run $command; then
        echo "setup: apt-get could not install:$missing" >&2
        echo "setup: when the machine has its packages again, run: apt-get update && $command" >&2
        exit 2
    fi
fi
