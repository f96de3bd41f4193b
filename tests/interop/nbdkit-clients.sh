#!/bin/bash
# Clients that leave in the middle, send nonsense or ask for what is not there;
# and servers that are told to end, or whose parent is gone.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-template.sh"
. "$ROOT/tests/interop/lib-nbdkit.sh"
need python3

windows_disk d.vhdx d.raw
new_ca ca
new_signer signer ca
expect 0 "$SHVM" template protect d.vhdx --template-name T --template-version 1.0.0.0 \
	--signing-cert signer.pem --signing-key signer.key --tree-out d.tree
view=(d.vhdx ca=ca.pem tree=d.tree)

# A client: connect N times, send some reads, and leave without the answers.
cat >leave.py <<'END'
import socket, struct, sys
path, kind = sys.argv[1:3]
for n in range(10):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(path)
    s.recv(18, socket.MSG_WAITALL)
    s.send(struct.pack(">I", 3))
    if kind == "handshake":
        continue
    s.send(b"IHAVEOPT" + struct.pack(">II", 1, 0))
    size = struct.unpack(">QH", s.recv(10, socket.MSG_WAITALL))[0]
    def ask(command, cookie, at, count):
        s.send(struct.pack(">IHHQQI", 0x25609513, 0, command, cookie, at, count))
    def reply():
        return struct.unpack(">IIQ", s.recv(16, socket.MSG_WAITALL))[1]
    if kind == "requests":
        for i in range(32):
            ask(0, i, (i * 1000003) % (size - 65536), 65536)
    elif kind == "half":
        s.send(struct.pack(">IHH", 0x25609513, 0, 0))
    elif kind == "nonsense":
        s.send(bytes(range(28)))
    else: # what is past the end, and what a reader may not do
        for at, count in ((size, 1), (size - 1, 2), (2**64 - 1, 1), (2**63, 512)):
            ask(0, 1, at, count)
            assert reply() == 22, "past the end: %d %d" % (at, count)
        ask(3, 1, 0, 0) # flush, trim, zeroes
        assert reply() != 0
        ask(4, 1, 0, 512)
        assert reply() != 0
        ask(6, 1, 0, 512)
        assert reply() != 0
        ask(1, 1, 0, 4)
        s.send(b"data")
        assert reply() == 1, "written"
    s.close()
END
for kind in handshake half nonsense refused; do
	serve "${view[@]}"
	timeout 60 python3 leave.py "$TMP/sock" "$kind" || fail "$kind"
	timeout 60 nbdcopy "$uri" copy.raw
	same copy.raw d.raw
	stop
done

# With requests in flight nbdkit 1.32 may abort (its assertion, exit 134): the
# next server serves the same bytes. Nothing else may end it.
for round in 1 2 3; do
	serve "${view[@]}"
	timeout 60 python3 leave.py "$TMP/sock" requests 2>client || :
	sleep 0.2
	code=0
	kill -TERM "$server" 2>/dev/null || :
	wait "$server" || code=$?
	case $code in
	0) ;;
	134) has "raw_send_socket: Assertion" log ;;
	*) fail "round $round: exit $code: $(cat log)" ;;
	esac
done
serve "${view[@]}"
timeout 60 nbdcopy "$uri" copy.raw
same copy.raw d.raw
stop

# With --exit-with-parent nothing is left after the end of the caller, whatever
# ends it.
bash -c 'nbdkit -f --exit-with-parent -U "$1" "$2" "${@:3}" & echo $! >pid
	until [ -S "$1" ]; do sleep 0.02; done; kill -KILL $$' \
	- "$TMP/sock2" "$plugin" "${view[@]}" 2>/dev/null || :
server=$(cat pid)
for _ in $(seq 500); do
	[ -d "/proc/$server" ] && ! grep -q '^State:.Z' "/proc/$server/status" 2>/dev/null || break
	sleep 0.02
done
[ ! -d "/proc/$server" ] || grep -q '^State:.Z' "/proc/$server/status" || fail "the server is still there"
