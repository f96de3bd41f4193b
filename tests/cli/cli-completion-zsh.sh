# zsh itself, on a pseudo-terminal and with its own completion functions, offers
# every option of every command, and nouns, verbs, choices and files.
. "$ROOT/tests/cli/lib.sh"
need zsh
mkdir comp work
"$SHVM" completion zsh >comp/_shvm
zsh -n comp/_shvm
touch work/disk.vhdx
cat >drive.zsh <<'ZSH'
# What zsh offers for each line of standard input, a match a line.
zmodload zsh/zpty || exit 77
top=$PWD
zpty z zsh -f -i
zpty -w z 'PROMPT= RPROMPT= PROMPT2=; stty -echo; fpath=('${(q)top}'/comp $fpath)
autoload -Uz compinit; compinit -u -d '${(q)top}'/dump; LISTMAX=100000; cd '${(q)top}'/work
compadd() {
	local -a hits
	[[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]] && { builtin compadd "$@"; return }
	builtin compadd -A hits "$@"
	(( $#hits )) && print -rl -- "hit "${^hits} >>'${(q)top}'/hits
	builtin compadd "$@"
}
zle -C offer list-choices _main_complete
ask() { zle offer; print done >>'${(q)top}'/hits; zle kill-whole-line }
zle -N ask
bindkey "^X" ask
print ready >>'${(q)top}'/hits'
: >hits
# What the terminal shows is taken away, or the shell would wait.
until grep -q '^ready' hits; do zpty -r -t z shown; sleep 0.02; done
while IFS= read -r typed; do
	: >hits
	zpty -n -w z "$typed"$'\x18'
	until grep -q '^done' hits; do zpty -r -t z shown; sleep 0.02; done
	print -r -- "== $typed"
	sed -n 's/^hit //p' hits
done
zpty -d z
ZSH
"$SHVM" completion bash | sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" >commands
{
	printf '%s\n' 'shvm p' 'shvm pdk s' 'shvm template sign --type ' 'shvm disk info '
	sed 's/.*/shvm & --/' commands
} >typed
timeout 200 zsh -f drive.zsh <typed >all 2>err || fail "$(cat err hits)"
listed() { awk -v t="== $1" '/^== / { on = $0 == t; next } on' all; }
listed 'shvm p' | grep -qx protector || fail no nouns
listed 'shvm pdk s' | grep -qx specialize || fail no verbs
[ "$(listed 'shvm template sign --type ' | sort | tr '\n' ' ')" = 'linux preprocessed-linux windows ' ] || fail no choices
listed 'shvm disk info ' | grep -qx disk.vhdx || fail no files
options=0
while read -r command; do
	listed "shvm $command --" >list
	# shellcheck disable=SC2086
	for option in $("$SHVM" $command --help | grep -oE '^  --[a-z0-9-]+'); do
		grep -qx -e "$option" list || fail "$command: $option is not offered"
		options=$((options + 1))
	done
done <commands
[ $options -gt 300 ] || fail "only $options options"
