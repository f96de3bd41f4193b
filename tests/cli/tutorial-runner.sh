# What runs the tutorials finds each way in which a document can be wrong.
. "$ROOT/tests/cli/lib.sh"
. "$ROOT/tests/cli/lib-tutorial.sh"

# page: a document from stdin, with ''' for ``` so that this text has no fences
page()
{
	rm -rf run
	sed "s/'''/\`\`\`/" >page.md
}

# wrong WORDS: the document on stdin fails with these words
wrong()
{
	page
	expect 1 tutorial "$TMP/page.md"
	has "$1" "$TMP/err"
}

page <<'END2'
# A page
'''sh
name=Alice
cd samples
echo "to stderr" >&2
'''
'''sh exit=3
(echo gone; \
	exit 3)
'''
'''text
gone
'''
'''sh
printf '%s\n' one "$name" three four
'''
'''text
one
A...e
...
four
'''
'''python samples/timestamp-authority.py
END2
cat "$ROOT/samples/timestamp-authority.py" >>page.md
echo '```' >>page.md
expect 0 tutorial "$TMP/page.md"
has '3 blocks of commands, 2 outputs' "$TMP/out"

wrong 'page.md:2: exit 1 and not 0' <<'END2'
Text
'''sh
true
false
true
'''
END2
wrong 'exit 1 and not 0' <<'END2'
'''sh
false | true
'''
END2
wrong 'unbound variable' <<'END2'
'''sh
echo $nothing
'''
END2
wrong 'page.md:4: exit 0 and not 3' <<'END2'
'''sh
true
'''
'''sh exit=3
true
'''
END2
wrong 'exit 1 and not 3' <<'END2'
'''sh exit=3
false
'''
END2
wrong 'page.md:1: a block with exit=1 has more than one command' <<'END2'
'''sh exit=1
false
true
'''
END2
wrong 'page.md:4: the output is another one' <<'END2'
'''sh
printf 'one\ntwo\n'
'''
'''text
one
'''
END2
wrong 'the output is another one' <<'END2'
'''sh
printf 'one\ntwo\n'
'''
'''text
two
...
'''
END2
wrong 'page.md:1: an output without commands before it' <<'END2'
'''text
one
'''
'''sh
echo one
'''
END2
wrong 'page.md:7: an output without commands before it' <<'END2'
'''sh
echo one
'''
'''text
one
'''
'''text
one
'''
END2
wrong 'page.md:1: a block that is neither run nor compared: console' <<'END2'
'''console
false
'''
END2
wrong 'a block that is neither run nor compared: sh exit=0' <<'END2'
'''sh exit=0
true
'''
END2
wrong 'page.md:1: this is not what samples/first-run.sh says' <<'END2'
'''bash samples/first-run.sh
true
'''
END2
wrong 'neither run nor compared: bash samples/none.sh' <<'END2'
'''bash samples/none.sh
true
'''
END2
wrong 'page.md:2: an indented block' <<'END2'

    shvm --help
END2
wrong 'page.md:1: the block has no end' <<'END2'
'''sh
true
END2
wrong 'page.md:1: no commands' <<'END2'
Text
END2
