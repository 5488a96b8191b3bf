#!/usr/bin/env bash
# Builds etcd, kube-apiserver and kubectl once into the cache folder, and prints the folder that holds them.
# Usage: build.sh [--where]     --where builds nothing, and fails when nothing has been built
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
commands=(etcd kube-apiserver kubectl)
version=$(sed -n 's|^[[:space:]]*k8s.io/kubernetes \(v[0-9.]*\)$|\1|p' "$here/go.mod")
minimum_go=$(sed -n 's|^go ||p' "$here/go.mod")
cache=${NETPOL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/netpol}

# Everything that decides what is built: the module, this script with its flags, and the machine's kind.
hash=$(cd "$here" && { uname -sm; cat go.mod go.sum "${commands[@]/%//main.go}" build.sh; } | sha256sum | cut -c 1-16)
built=$cache/kubernetes-$version-$hash

# The folder appears by one rename, so it is either absent or complete.
if [ -d "$built" ]; then
	echo "$built"
	exit 0
fi
if [ "${1:-}" = --where ]; then
	echo "the Kubernetes test binaries are not in $built; run \`make test\` or \`make kubernetes\`" >&2
	exit 1
fi

mkdir -p "$cache"
exec 9>"$cache/build.lock"
flock 9
if [ ! -d "$built" ]; then
	go=$("$here/../../scripts/find-go.sh" "$minimum_go" "$cache")
	echo "building Kubernetes $version into $built: once, for some minutes" >&2
	IFS=. read -r major minor _ <<<"${version#v}"
	stamp=k8s.io/component-base/version
	flags="-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor"
	rm -rf "$built.part"
	mkdir "$built.part"
	(
		cd "$here"
		export CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS=
		"$go" build -modcacherw -trimpath -buildvcs=false -ldflags "$flags" -o "$built.part/" "${commands[@]/#/./}" >&2
	)
	mv "$built.part" "$built"
fi
echo "$built"
