# scripts/release on a clone: refused where something is not right, and otherwise a
# tarball of the same bytes each time, tested where it is unpacked, and its sum. With
# a key of gpg the sums and the tag are signed.
. "$ROOT/tests/cli/lib.sh"
need git gzip
git -C "$ROOT" rev-parse --git-dir >/dev/null 2>&1 || skip "this is not a git clone"
git -C "$ROOT" rev-parse -q --verify HEAD >/dev/null || skip "there is no commit"

export GIT_CONFIG_GLOBAL=$TMP/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --global user.name Test
git config --global user.email test@example.org
git config --global safe.directory '*'
# A clone with one commit more: the tree of now.
git clone -q "$ROOT" clone
git -C clone checkout -q -B work
git -C "$ROOT" ls-files -co --exclude-standard -z >files
tar -C "$ROOT" --null --files-from=files --ignore-failed-read -cf - 2>/dev/null | tar -C clone -xf -
git -C clone add -A
git -C clone -c commit.gpgsign=false commit -q --allow-empty -m test
version=$(sed -n '1s/.*(\(.*\)-[^-]*).*/\1/p' clone/debian/changelog)
# What is run in the tarball here: it is the tarball, without git.
export TESTS='tests/check-version.sh && test ! -e .git && tests/check-layers.sh && make -n all >/dev/null && find . -name "*.c" | grep -c . >seen && test $(cat seen) -gt 100'

touch clone/stray
expect 1 clone/scripts/release made
has 'release: uncommitted changes: ?? stray' err
rm clone/stray
expect 1 env TESTS=false clone/scripts/release made
has 'release: the tests fail in the tarball' err
[ -z "$(ls made)" ] || fail "a tarball whose tests fail is there"
expect 1 env KEY=any@example.org clone/scripts/release made
has "release: NEWS.md has no date for $version" err

expect 0 clone/scripts/release made
has 'no KEY was given' out
(cd made && sha256sum -c SHA256SUMS) >sum
has "shvm-$version.tar.gz: OK" sum
tar tzf "made/shvm-$version.tar.gz" >list
has "shvm-$version/Makefile" list
[ -z "$(git -C clone tag)" ] || fail "a tag without a key"
# Again: not over what is there; elsewhere with the same bytes, and by make dist.
expect 1 clone/scripts/release made
has "made/shvm-$version.tar.gz exists" err
make -s -C clone dist
same "made/shvm-$version.tar.gz" "clone/shvm-$version.tar.gz"
expect 2 clone/scripts/release

command -v gpg >/dev/null || exit 0
export GNUPGHOME=$TMP/gnupg
mkdir -m 700 gnupg
gpg --batch --quiet --passphrase '' --quick-generate-key test@example.org rsa2048 sign never 2>gpg.log ||
	{ tail -n 3 gpg.log; exit 0; }
sed -i "s/^## $version (.*)/## $version (2026-12-01)/" clone/NEWS.md
sed -i '1s/UNRELEASED/bookworm/' clone/debian/changelog
git -C clone -c commit.gpgsign=false commit -qam release
expect 1 env KEY=none@example.org clone/scripts/release signed
has "release: gpg has no secret key 'none@example.org'" err
expect 0 env KEY=test@example.org clone/scripts/release signed
gpg --batch --verify signed/SHA256SUMS.asc signed/SHA256SUMS 2>verified
has 'Good signature' verified
git -C clone verify-tag "v$version" 2>verified
has 'Good signature' verified
expect 1 env KEY=test@example.org clone/scripts/release another
has "release: there is a tag v$version" err
gpgconf --kill all
