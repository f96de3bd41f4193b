# Each member of a command's JSON object stands in its row of docs/JSON.md, and
# each outer member of the row is in the object, with its type.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need jq

# member_words COMMAND: the words of its row
member_words()
{
	grep -F "\`$1\`" "$ROOT/docs/JSON.md" | grep '^|' | grep -oE '[a-z][a-z_0-9]*' |
		sort -u
	[ "${2-}" ] || return 0
	member_words "$2"
}

# documented COMMAND TYPES [SAME-AS]: the object in the file out. TYPES is what
# jq says of the outer members, in the order of their names.
documented()
{
	local name
	json_is .schema 2 out
	[ "$(jq -cS '. as $o | del(.schema) | keys | map({(.): ($o[.] | type)}) | add' out |
		tr -d '{}"')" = "$2" ] ||
		fail "$1: $(jq -cS '. as $o | keys | map({(.): ($o[.] | type)}) | add' out |
			tr -d '{}"') and not $2"
	member_words "$1" "${3-}" >words
	echo 'subject issuer serial sha256 not_before not_after schema' | tr ' ' '\n' >>words
	sed -n '/^## Verdicts/,/^## Objects/s/^| `\([a-z]*\)`.*/\1/p' "$ROOT/docs/JSON.md" >>words
	[ "$1" != 'disk info' ] ||
		sed -n '/^## Facts/,/^## Reasons/s/^| `\([a-z0-9_]*\)`.*/\1/p' "$ROOT/docs/JSON.md" >>words
	for name in $(jq -r '[paths | map(strings) | last] | unique[]' out); do
		grep -qx "$name" words || fail "$1: docs/JSON.md does not have '$name'"
	done
}

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
bytes=bytes_covered:number,bytes_uncovered:number
content=content_sha256:string,disk:object
show=regions:array,signature:string,signer:object,signer_trust:string,signing_time:string,template:object
show_end=timestamp:null,volumes:array

expect 0 "$SHVM" disk info d.vhdx --json
documented 'disk info' catalog:null,checks:array,disk_type:string,guest:object,image:object,partitions:array,reason:null,table:object,text:null,verdict:string,virtual_size:number,volumes:array,yes:boolean
expect 0 "$SHVM" disk info d.raw --json
json_is '[.image.type, .image.block_size, .image.creator, .image.parent] | unique[]' null out
expect 0 "$SHVM" disk map d.vhdx --json
documented 'disk map' extents:array
json_is '[.extents[].state] | unique - ["data", "hole", "zero"] | length' 0 out
expect 0 "$SHVM" disk digest d.vhdx --json
documented 'disk digest' algorithm:string,block_size:number,bytes_hashed:number,bytes_skipped:number,digest:string,io:object,jobs:number,kernel:string,root:string,seconds:number,size:number
expect 0 "$SHVM" disk digest d.vhdx --plan 2 --json
documented 'disk digest --plan' identity:string,ranges:array
expect 0 "$SHVM" disk digest d.vhdx --range 1/2 --out part --json
documented 'disk digest --range' bytes_hashed:number,io:object,jobs:number,kernel:string,part:string,range:number,ranges:number,seconds:number
expect 0 "$SHVM" disk read d.vhdx --length 4K --out bytes --json
documented 'disk read --out' bytes_stored:number,offset:number,out:string,size:number
expect 0 "$SHVM" disk check d.vhdx --json
documented 'disk check' blocks:number,blocks_present:number,checks:array,complete:boolean,errors:number,file_size:number,leaked:number,reason:null,text:null,verdict:string,warnings:number,yes:boolean

sign=(d.vhdx --template-name n --template-version 1.2.3.4 --signing-cert signer.pem --signing-key signer.key --json)
expect 0 "$SHVM" template sign "${sign[@]}" --out x.vsc
documented 'template sign' $bytes,checks:array,$content,embedded:boolean,out:string,$show,$show_end 'template show'
expect 0 "$SHVM" template protect "${sign[@]}"
documented 'template protect' $bytes,checks:array,$content,embedded:boolean,log_replayed:boolean,out:null,$show,$show_end 'template show'
expect 0 "$SHVM" template show d.vhdx --json
documented 'template show' $bytes,$content,$show,$show_end
jq -S 'del(.schema)' out >shown
expect 0 "$SHVM" disk info d.vhdx --json
jq -S .catalog out >in-info
same shown in-info
expect 0 "$SHVM" template verify d.vhdx --ca ca.pem --json
documented 'template verify' $bytes,checks:array,coverage:string,partitions_uncovered:array,parts:array,reason:null,signer:object,template:object,text:null,verdict:string,yes:boolean 'template show'
expect 0 "$SHVM" template extract d.vhdx --out y.vsc --json
documented 'template extract' out:string,size:number
expect 0 "$SHVM" template unprotect d.vhdx --json
documented 'template unprotect' removed:boolean
expect 3 "$SHVM" template verify d.vhdx --ca ca.pem --json
documented 'template verify' $bytes,checks:array,coverage:null,partitions_uncovered:array,parts:array,reason:string,signer:null,template:null,text:string,verdict:string,yes:boolean
expect 1 "$SHVM" template show d.vhdx --json
json_is .error.reason no-catalog out
json_is '.error | keys | join(" ")' 'code message reason' out
[ "shvm: $(jq -r '"\(.error.message) [\(.error.reason)]"' out)" = "$(cat err)" ] || fail "two messages"

printf 'password' >pass
chmod 600 pass
expect 0 "$SHVM" guardian new owner --out-dir . --json --pass-file pass
documented 'guardian new' files:object,guardian:object 'guardian show'
expect 0 "$SHVM" guardian show owner.xml --json
documented 'guardian show' guardian:object
expect 0 "$SHVM" fsk create v.fsk '@A@=b' --json
documented 'fsk create' file:string,pairs:number
expect 0 "$SHVM" fsk show v.fsk --json
documented 'fsk show' pairs:array
