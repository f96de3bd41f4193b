# A signal ends every kind of work; a commit ends first, and no temporary file is
# left. WATCHDOG is ten times the second that the program has.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
need openssl python3 cc qemu-img

WATCHDOG=10
new_ca ca
new_signer signer ca

# ended PID SIGNAL CODE WHAT: it ends with the code after this signal
ended()
{
	local code=0
	kill "-$2" "$1" || fail "$4: it has ended: $(cat err)"
	timeout $WATCHDOG tail --pid="$1" -f /dev/null || {
		kill -KILL "$1"
		fail "$4: still there $WATCHDOG seconds after SIG$2"
	}
	wait "$1" || code=$?
	[ "$code" = "$3" ] || fail "$4: exit $code and not $3: $(cat err)"
}

# busy PID: it has used CPU time
busy()
{
	local i stat
	for i in $(seq 500); do
		read -ra stat <"/proc/$1/stat" || fail "it has ended: $(cat err)"
		[ "${stat[13]}" -lt 10 ] || return 0
		sleep 0.02
	done
	fail 'it does not work'
}

# --- A key file that takes for ever: 2^31 - 1 iterations, which only the content
# of its encrypted part asks for, so no check of the clear parts can refuse it.
openssl pkcs12 -export -inkey signer.key -in signer.pem -passout pass:word \
	-out plain.p12
sealing=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt pass: \
	-kdfopt hexsalt:0102030405060708 -kdfopt iter:1000 PBKDF2 | tr -d ':\n')
PYTHONPATH=$ROOT/tests/fixtures python3 -B - "$sealing" <<'END' ||
import hashlib, hmac, subprocess, sys
from der import der, number, oid

def algorithm(iterations, iv):
    """PBES2 with PBKDF2 (HMAC of SHA-256) and AES-256-CBC"""
    return der(0x30, oid("1.2.840.113549.1.5.13"), der(0x30,
        der(0x30, oid("1.2.840.113549.1.5.12"), der(0x30,
            der(4, bytes(range(1, 9))), number(iterations),
            der(0x30, oid("1.2.840.113549.2.9"), der(5)))),
        der(0x30, oid("2.16.840.1.101.3.4.1.42"), der(4, iv))))

MOST = 2 ** 31 - 1
iv = bytes(16)
salt = bytes(range(8))
data = oid("1.2.840.113549.1.7.1")

def key_bag(iterations):
    return der(0x30, der(0x30, oid("1.2.840.113549.1.12.10.1.2"), der(0xa0,
        der(0x30, algorithm(iterations, iv), der(4, bytes(160))))))

def encrypted(iterations, bags):
    sealed = subprocess.run(["openssl", "enc", "-aes-256-cbc", "-K",
        sys.argv[1], "-iv", iv.hex()], input=bags, capture_output=True,
        check=True).stdout
    return der(0x30, oid("1.2.840.113549.1.7.6"), der(0xa0, der(0x30,
        number(0), der(0x30, data, algorithm(iterations, iv),
            der(0x80, sealed)))))

def write(name, content, *mac_iterations):
    """The MAC's key by RFC 7292, appendix B, once, from an empty passphrase."""
    safe = der(0x30, content)
    key = hashlib.sha256(b"\3" * 64 + salt * 8 + bytes(64)).digest()
    mac = der(0x30, der(0x30, der(0x30, oid("2.16.840.1.101.3.4.2.1"), der(5)),
        der(4, hmac.digest(key, safe, "sha256"))), der(4, salt),
        *(number(n) for n in mac_iterations))
    open(name, "wb").write(der(0x30, number(3), der(0x30, data,
        der(0xa0, der(4, safe))), mac))

write("slow.p12", encrypted(1000, key_bag(MOST)))
write("most-encrypted.p12", encrypted(MOST, key_bag(1000)))
write("most-mac.p12", encrypted(1000, key_bag(1000)), MOST)
clear = der(0x30, data, der(0xa0, der(4, key_bag(MOST))))
write("most-key.p12", clear)
END
	fail 'slow.p12 is not made'
truncate -s 3M zeros.raw

# Where the clear parts say so, no passphrase is asked for.
for file in most-encrypted.p12 most-mac.p12 most-key.p12; do
	expect 1 timeout $WATCHDOG "$SHVM" template sign zeros.raw --raw \
		--signing-key $file --template-name x --template-version 1.0.0.0 --out x.vsc
	has 'hash iterations than the limit of 2500000' err
	has too-slow err
done
for signal in TERM:143 INT:130 HUP:129; do
	for json in '' --json; do
		env --default-signal=INT,QUIT "$SHVM" template sign zeros.raw --raw \
			--signing-key slow.p12 --template-name x --template-version 1.0.0.0 --out x.vsc $json \
			>out 2>err &
		busy $!
		ended $! "${signal%:*}" "${signal#*:}" 'key derivation'
		one_line err
		has interrupted err
		[ ! "$json" ] || json_is '.error.code, .schema' "$(printf 'cancelled\n2')" out
		[ "$json" ] || [ ! -s out ] || fail 'there is output'
	done
done

# The second one does not wait for the end of the second.
"$SHVM" template sign zeros.raw --raw --signing-key slow.p12 --template-name x --template-version 1.0.0.0 \
	--out x.vsc >out 2>err &
busy $!
kill -HUP $!
ended $! TERM 129 'a second signal'

# --- Passphrases and inputs that come slowly, or never.
mkfifo pipe
exec 9<>pipe
for what in 'guardian show pipe' 'pdk show pipe' 'template show pipe' \
	'protector show pipe' 'template sign zeros.raw --raw --signing-key plain.p12
	--signing-key-pass-file pipe --template-name x --template-version 1.0.0.0 --out x.vsc'; do
	# shellcheck disable=SC2086 # words
	"$SHVM" $what >out 2>err &
	pid=$!
	(while printf '<'; do sleep 0.02; done >&9 2>/dev/null) &
	writer=$!
	sleep 0.1
	ended $pid TERM 143 "$what"
	kill $writer
	wait $writer || :
done
exec 9>&-

# --- A guest helper that never answers: the program ends for it, too. (The real
# one is killed by the kernel when the program ends; this one ends by itself.)
windows_disk good.vhdx
mkdir bin
cp "$SHVM" bin/shvm
cat >bin/shvm-guest-helper <<'END'
#!/bin/sh
: >helper-runs
exec sleep 60
END
chmod 755 bin/shvm-guest-helper
for signal in TERM:143 INT:130 HUP:129; do
	for what in 'disk info good.vhdx' 'disk info good.vhdx --json' \
		'template sign good.vhdx --signing-key signer.key --signing-cert signer.pem --template-name x
		--template-version 1.0.0.0 --out x.vsc' 'template protect good.vhdx --signing-key
		signer.key --signing-cert signer.pem --template-name x --template-version 1.0.0.0'; do
		rm -f helper-runs
		# shellcheck disable=SC2086 # words
		env --default-signal=INT bin/shvm $what >out 2>err &
		pid=$!
		for _ in $(seq 500); do
			[ ! -e helper-runs ] || break
			sleep 0.02
		done
		[ -e helper-runs ] || fail "$what: no helper runs: $(cat err)"
		ended $pid "${signal%:*}" "${signal#*:}" "$what"
		has interrupted err
		[ ! -e x.vsc ] || fail "$what: x.vsc is there"
	done
done

# --- protect with all its results, the signal at each of its syncs: everything
# is there or nothing is. A sync that cannot be interrupted takes longer than the
# program has.
cat >slow.c <<'END'
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int fsync(int fd)
{
	static int count;
	struct timespec left = { 1, 300000000 };

	if (++count == atoi(getenv("SLOW"))) {
		close(open("reached", O_CREAT | O_WRONLY, 0600));
		while (nanosleep(&left, &left) < 0 && errno == EINTR)
			;
	}
	return (int)syscall(SYS_fsync, fd);
}
END
cc -shared -fPIC -o slow.so slow.c
grep -aq __asan_init "$SHVM" && skip 'the rest needs a program without ASan'
moments=0 before=0 after=0
for n in $(seq 40); do
	rm -rf work reached
	mkdir work
	cp good.vhdx work/d.vhdx
	SLOW=$n LD_PRELOAD=$PWD/slow.so "$SHVM" template protect work/d.vhdx \
		--template-name x --template-version 1.0.0.0 --signing-cert signer.pem --signing-key signer.key \
		--out work/d.vsc --tree-out work/d.tree >out 2>err &
	pid=$!
	until [ -e reached ] || [ ! -d /proc/$pid ]; do sleep 0.02; done
	code=0
	kill -TERM $pid 2>/dev/null || :
	wait $pid || code=$?
	[ -e reached ] || break
	moments=$((moments + 1))
	case $code in 0 | 143) ;; *) fail "moment $n: exit $code: $(cat err)" ;; esac
	if [ -e work/d.vsc ]; then
		after=$((after + 1))
		[ "$(ls work | tr '\n' ' ')" = 'd.tree d.vhdx d.vsc ' ] ||
			fail "moment $n: $(ls work)"
		expect 0 "$SHVM" template verify work/d.vhdx --ca ca.pem
	else
		before=$((before + 1))
		[ "$code" = 143 ] || fail "moment $n: nothing is done and exit $code"
		[ "$(ls work)" = d.vhdx ] || fail "moment $n: $(ls work)"
		same good.vhdx work/d.vhdx
	fi
done
[ $moments -ge 10 ] || fail "only $moments moments"
[ $before -ge 1 ] && [ $after -ge 1 ] || fail "$before before, $after after"
