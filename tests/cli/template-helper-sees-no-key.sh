# template protect and sign read the private key before they look into the disk:
# the helper has neither the key's file, nor its bytes, nor the passphrase.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need openssl cc xxd
windows_disk d.vhdx
new_ca ca
new_signer signer ca
mkdir alone
cp "$SHVM" alone/shvm

# In the place of the helper: notes what it was given and all of its memory, and
# then becomes the helper.
cat >spy.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv, char **env)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	FILE *out = fopen(SPY, "ae"), *memory = fopen(SPY ".memory", "ae");
	char line[512], mode[8], name[64], target[512];

	fprintf(out, "argc %d, environment %s\n", argc, *env ? *env : "empty");
	for (int fd = 0; fd < 1024; fd++) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(name, target, sizeof(target) - 1);
		if (n > 0 && !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			fprintf(out, "descriptor %d: %.*s\n", fd, (int)n, target);
	}
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 &&
		    mode[0] == 'r' && !strstr(line, "[v"))
			fwrite((void *)from, 1, to - from, memory);
	}
	fclose(out);
	fclose(memory);
	execv(HELPER, argv);
	return 1;
}
END
cc -D_GNU_SOURCE -DSPY="\"$TMP/spy\"" -DHELPER="\"$B/shvm-guest-helper\"" \
	-o alone/shvm-guest-helper spy.c

# The key's secret number, as it is in memory once it was read: 32
# bytes, big-endian or as OpenSSL keeps it, the other way round.
secret=$(openssl ec -in signer.key -text -noout 2>/dev/null |
	sed -n '/^priv:/,/^pub:/p' | grep '^ ' | tr -d ' :\n')
[ ${#secret} -ge 62 ] || fail "no private number: $secret"
middle=${secret:16:32}
turned=$(echo "$middle" | fold -w 2 | tac | tr -d '\n')

# in_memory HEX: are these bytes in what the spy saw?
in_memory()
{
	LC_ALL=C grep -qaP "$(echo "$1" | sed 's/../\\x&/g')" spy.memory
}

looked()
{
	[ -s spy ] || fail "the helper was not started"
	[ "$(grep -c '^descriptor [23]: ' spy)" = "$(grep -c ^argc spy | awk '{ print 2 * $1 }')" ] ||
		fail "not the two descriptors: $(cat spy)"
	! grep '^descriptor' spy | grep -v '^descriptor [23]: [a-z]*:\[' || fail "a file"
	hasnt signer.key spy
	hasnt d.vhdx spy
	has 'argc 1, environment empty' spy
	in_memory "$(printf 'descriptor %%d: ' | xxd -p)" || fail "the memory was not seen"
	for hex in "$middle" "$turned"; do
		! in_memory "$hex" ||
			fail "a part of the private key is in the helper's memory"
	done
	rm spy spy.memory
}

expect 0 alone/shvm template protect d.vhdx --template-name n --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --ignore low-space 7<signer.key
looked
expect 0 alone/shvm template sign d.vhdx --template-name n --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --ignore low-space --out o.vsc 7<signer.key
looked
