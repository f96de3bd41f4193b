# Sourced after lib.sh by the scripts that run the commands of a document.
need python3
export PATH=${SHVM%/*}:$PATH

# tutorial DOCUMENT: run it in a folder of its own, in which samples is a link
tutorial()
{
	mkdir run
	ln -s "$ROOT/samples" run/samples
	(cd run && python3 "$ROOT/tests/cli/tutorial.py" "$1" "$ROOT")
}

# What the sample disk needs.
need_sample_disk()
{
	need sgdisk mkntfs mkfs.vfat mcopy hivexsh qemu-img perl cc openssl jq
}
