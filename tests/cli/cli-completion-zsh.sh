# In zsh the script hands every option of every command to _arguments, and
# commands and verbs to _describe. Both are replaced here by what prints them:
# how zsh itself then lists them is not tested.
. "$ROOT/tests/cli/lib.sh"
need zsh
"$SHVM" completion zsh >_shvm
zsh -n _shvm
cat >drive.zsh <<'ZSH'
compdef() { : }
_arguments() { print -rl -- "$@" }
_describe() { print -rl -- "${(@P)2}" }
source ./_shvm
while IFS= read -r typed; do
	print -r -- "== $typed"
	words=("${(@s: :)typed}") CURRENT=${#words}
	_shvm
done
ZSH
"$SHVM" completion bash | sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" >commands
{
	echo 'shvm p'
	echo 'shvm pdk s'
	sed 's/.*/shvm & --/' commands
} >typed
zsh -f drive.zsh <typed >all 2>err || fail "$(cat err)"
[ ! -s err ] || fail "$(cat err)"
listed() { awk -v t="== $1" '/^== / { on = $0 == t; next } on' all; }
listed 'shvm p' | grep -qx protector || fail no nouns
listed 'shvm pdk s' | grep -q '^specialize:' || fail no verbs
listed 'shvm template sign --' | grep -qF -e ':windows|linux:(windows linux)' || fail no choices
listed 'shvm disk info --' | grep -qx '\*:operand:_files' || fail no files
options=0
while read -r command; do
	listed "shvm $command --" >list
	# shellcheck disable=SC2086
	for option in $("$SHVM" $command --help | grep -oE '^  --[a-z0-9-]+'); do
		grep -qE -e "^\*?$option=?\[" list || fail "$command: $option is not listed"
		options=$((options + 1))
	done
done <commands
[ $options -gt 300 ] || fail "only $options options"
