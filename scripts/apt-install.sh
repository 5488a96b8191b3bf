#!/usr/bin/env bash
# Installs those of the given Debian packages that are missing; does nothing, fast, when all are there.
# Usage: apt-install.sh PACKAGE...
set -euo pipefail

missing=()
for package in "$@"; do
	status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
	if ! sudo --non-interactive true 2>/dev/null; then
		echo "the tests need packages; run: sudo apt-get install ${missing[*]}" >&2
		exit 1
	fi
	as_root=(sudo --non-interactive)
fi
apt_get() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 --quiet "$@" >&2
}
apt_get update
apt_get install --yes --no-install-recommends "${missing[@]}"
