# Each hostile image, opened, checked, mapped and read by the program: within a
# second of processor time and 64 MiB of memory; and what is asked of the file
# lies within it, and is never a write (strace).
. "$ROOT/tests/cli/lib.sh"
need python3 "$B/tests/data/vhdx/mkvhdx"

gen=$B/tests/data/vhdx/mkvhdx
mkdir images
"$gen" list | sed -n 's/^hostile \([^ ]*\) .*/\1/p' >names
xargs "$gen" write images <names
trace=
! strace -o trace true 2>/dev/null || trace=strace

cat >run.py <<'END'
import os, re, subprocess, sys, tempfile

shvm, trace = sys.argv[1:3]
verbs = (["info"], ["check"], ["map"], ["read", "--length", "1M"])
null = [(os.POSIX_SPAWN_OPEN, n, "/dev/null", os.O_RDWR, 0) for n in range(3)]
slowest, largest, calls, reads, bad = (0, ""), (0, ""), 0, 0, []
CALL = re.compile(r"^\d+ +(\w+)\((?:\d+<([^>]*)>)?(.*)\) += (-?\d+)")

# What was done to an image: all of it reads within the file.
def look(lines, what):
    global calls, reads
    for line in lines:
        m = CALL.match(line)
        if not m:
            bad.append("%s: not understood: %s" % (what, line))
            continue
        name, path, args, got = m[1], m[2] or "", m[3], int(m[4])
        if not path.endswith(".vhdx"):
            continue
        calls += 1
        if name == "pread64":
            length, at = (int(n) for n in args.rsplit(", ", 2)[1:])
            reads += 1
            if got != length or at + length > os.stat(path).st_size:
                bad.append("%s: %s" % (what, line))
        else:
            bad.append("%s: %s" % (what, line))

for name in sorted(open("names").read().split()):
    image = "images/%s.vhdx" % name
    for verb in verbs:
        command = [shvm, "disk", *verb, image]
        pid = os.posix_spawn(shvm, command, os.environ, file_actions=null)
        _, status, used = os.wait4(pid, 0)
        if os.waitstatus_to_exitcode(status) not in (1, 3):
            bad.append("%s: status %d" % (command, status))
        slowest = max(slowest, (used.ru_utime + used.ru_stime, name))
        largest = max(largest, (used.ru_maxrss, name))
    if trace:
        subprocess.run(["strace", "-f", "-y", "-s", "0", "-o", "trace", "-e",
            "signal=none", "-e", "trace=read,readv,pread64,preadv,preadv2,mmap,write,"
            "writev,pwrite64,pwritev,pwritev2,ftruncate,fallocate,io_uring_setup",
            shvm, "disk", "check", image], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        look([l for l in open("trace") if ".vhdx>" in l], name)
print("%.3f s (%s), %d KiB (%s), %d calls, %d reads" % (*slowest, *largest, calls, reads))
if slowest[0] > 1 or largest[0] > 64 * 1024:
    bad.append("more than a second or 64 MiB")
if trace and reads < 1000:
    bad.append("only %d reads seen" % reads)
sys.exit("\n".join(bad[:20]) if bad else 0)
END
if nm "$SHVM" 2>/dev/null | grep -q __asan_init; then
	skip 'sanitizers need memory of their own'
fi
expect 0 python3 run.py "$SHVM" "$trace"
cat out
