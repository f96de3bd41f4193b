# fish itself lists every option of every command, choices and files.
. "$ROOT/tests/cli/lib.sh"
need fish
export HOME=$PWD XDG_CONFIG_HOME=$PWD XDG_DATA_HOME=$PWD
"$SHVM" completion fish >shvm.fish
fish --no-execute shvm.fish
touch disk.vhdx
"$SHVM" completion bash | sed -n "s/^\t'\([a-z -]*\)') opts=.*/\1/p" >commands
{
	echo 'shvm '
	echo 'shvm pdk '
	echo 'shvm template sign --type '
	echo 'shvm disk info d'
	echo 'shvm disk info --parent d'
	sed 's/.*/shvm & --/' commands
} >typed
cat >drive.fish <<'FISH'
source shvm.fish
while read -l typed
	echo "== $typed"
	complete -C "$typed"
end
FISH
# read drops the blank at the end, which is a word to complete
sed 's/$/@/' typed >marked
sed -i 's/read -l typed/read -l marked\n\tset -l typed (string sub -e -1 -- $marked)/' drive.fish
timeout 300 fish drive.fish <marked >all 2>err || fail "$(cat err)"
[ ! -s err ] || fail "$(cat err)"
# listed TYPED: the words that fish offered
listed() { awk -F '\t' -v t="== $1" '/^== / { on = $0 == t; next } on { print $1 }' all; }
# offers TYPED WORD
offers() { listed "$1" | grep -qxF -e "$2" || fail "'$1' does not offer '$2': $(listed "$1" | head -20)"; }
offers 'shvm ' protector
offers 'shvm pdk ' specialize
! listed 'shvm pdk ' | grep -qx disk.vhdx || fail files in place of verbs
offers 'shvm template sign --type ' linux
offers 'shvm disk info d' disk.vhdx
offers 'shvm disk info --parent d' disk.vhdx
options=0
while read -r command; do
	# shellcheck disable=SC2086
	for option in $("$SHVM" $command --help | grep -oE '^  --[a-z0-9-]+'); do
		offers "shvm $command --" "$option"
		options=$((options + 1))
	done
done <commands
[ $options -gt 300 ] || fail "only $options options"
