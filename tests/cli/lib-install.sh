# Sourced after lib.sh by the scripts that install: the library knows where it
# is installed, so they have a build folder of their own, and what other tests
# use stays as it is.

# make_there TARGET VARIABLE...: make in that folder; what it says only if it fails
make_there()
{
	need make
	if [ ! -d "$TMP/build" ]; then # objects are copied with their times
		mkdir "$TMP/build"
		tar -C "$B" -cf - --exclude=./tests --exclude='./[a-z]*san' \
			--exclude=./fuzz --exclude=./afl --exclude='*.a' . |
			tar -C "$TMP/build" -xf -
	fi
	make -s -C "$ROOT" B="$TMP/build" "$@" >"$TMP/make.log" 2>&1 ||
		{ cat "$TMP/make.log"; exit 1; }
}
