#!/usr/bin/env bash
# Tests the editor support: the VS Code extension, then Vim and Neovim, which are held to what the extension's grammar
# makes of the samples and of the examples. Installs what is missing; needs the npm registry once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
	echo "editors: $*" >&2
	exit 1
}

install_tools() {
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then scripts/apt-install.sh nodejs npm; fi
	if ! vim --version 2>/dev/null | grep -q '+syntax'; then scripts/apt-install.sh vim; fi
	if ! command -v nvim >/dev/null; then scripts/apt-install.sh neovim; fi
}

# The pinned packages, installed anew when the lock file has changed.
install_packages() {
	local installed=node_modules/.installed-lock.json
	cmp --silent package-lock.json "$installed" ||
		{ npm ci --omit=optional --no-audit --no-fund --loglevel=error && cp package-lock.json "$installed"; }
}

# Runs a Vim script of the tests in an editor, and shows the last line of its report, or all of it if it failed.
in_editor() { # EDITOR SCRIPT
	local report=$work/$1-$2.txt status=0
	NETPOL_TOKENS=$work/tokens NETPOL_EXAMPLES=$work/laid-out NETPOL_REPORT=$report \
		timeout 120 "$1" -Nu NONE -i NONE -es -S "editors/vim/test/$2.vim" </dev/null || status=$?
	[ -s "$report" ] || die "$1 $2.vim wrote no report (status $status)"
	if [ "$status" -ne 0 ]; then
		cat "$report" >&2
		die "$1 $2.vim failed (status $status)"
	fi
	summary+=("$1 $2: $(tail -n 1 "$report")")
}

install_tools
(cd editors/vscode && install_packages && npm test --silent) >"$work/vscode.txt" 2>&1 || {
	cat "$work/vscode.txt" >&2
	die "the VS Code extension failed"
}

samples=(editors/samples/*.netpol)
readarray -t examples < <(find examples -name '*.netpol' | sort)
[ "${#examples[@]}" -gt 0 ] || die "no examples"
expected=$(grep -cE '^#[[:space:]]*(\^|<~*-)' "${samples[@]}" | awk -F: '{ count += $2 } END { print count }')
passed=$(sed -nE 's/^(#|ℹ) pass ([0-9]+)$/\2/p' "$work/vscode.txt")
summary=("vscode: $expected lines of expectations in ${#samples[@]} samples, ${passed:-no} tests")
[ "$expected" -gt 0 ] && [ "${passed:-0}" -gt 0 ] || die "the VS Code extension was not tested"

write_tokens=editors/vscode/test/write-tokens.mjs
node "$write_tokens" "$work/tokens" "${samples[@]}" "${examples[@]}"
node "$write_tokens" "$work/laid-out" editors/samples/layout.netpol "${examples[@]}"
for editor in vim nvim; do
	in_editor "$editor" highlight
	in_editor "$editor" editing
done

printf 'editors: %s\n' "${summary[@]}" "all passed"
