#!/bin/sh
# Runs etcd and the API server until standard input closes, which it does however the test binary ends; then kills
# both and removes their folder. When the API server ends by itself, shows why.
# Usage: servers.sh BINARIES FOLDER PORT
set -u
binaries=$1 folder=$2 port=$3
exec 3<&0

"$binaries/etcd" --folder "$folder" 3<&- >"$folder/etcd.log" 2>&1 &
etcd=$!

# The API server makes the certificate and its key itself, and signs service account tokens with the same key. The
# address that it advertises is one for documentation, so that it starts also where there is no network.
"$binaries/kube-apiserver" --etcd-servers "unix://$folder/etcd.sock" --cert-dir "$folder" \
	--bind-address 127.0.0.1 --secure-port "$port" --advertise-address 192.0.2.1 \
	--service-cluster-ip-range 10.96.0.0/16,fd00:96::/108 \
	--service-account-issuer https://kubernetes.default.svc \
	--service-account-signing-key-file "$folder/apiserver.key" \
	--service-account-key-file "$folder/apiserver.key" \
	--token-auth-file "$folder/tokens.csv" --authorization-mode RBAC \
	--disable-admission-plugins ServiceAccount \
	3<&- >"$folder/kube-apiserver.log" 2>&1 &
api_server=$!

{
	read -r _ <&3
	kill -KILL "$etcd" "$api_server"
} &
watcher=$!

wait "$api_server" 2>/dev/null
[ $? -eq 137 ] || tail -n 20 "$folder/etcd.log" "$folder/kube-apiserver.log" >&2
kill -KILL "$watcher" "$etcd" 2>/dev/null
wait 2>/dev/null
rm -rf "$folder"
