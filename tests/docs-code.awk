# Commands and options in the code of Markdown pages exist:
#   awk -f docs-code.awk COMPLETION.bash PAGE.md...
# An option in the code of a command is that command's; one alone is of any. In
# a table of rows about something in bold it is of a command that its row names,
# or the row with the bold name above.

function bad(what)
{
	print FILENAME ":" FNR ": " what
	status = 1
}

# The command that a piece of code begins with: "" for none; now has it then.
function command_of(code, word, n)
{
	sub(/^shvm +/, "", code)
	n = split(code, word, /[ |\[]+/)
	if (n >= 2 && (word[1] " " word[2]) in commands)
		return word[1] " " word[2]
	return n >= 1 && word[1] in commands ? word[1] : ""
}

function check_option(option, command, name, known)
{
	if (command) {
		if (!((command, option) in has))
			bad(command " has no " option)
		return
	}
	if (!(option in any))
		bad("no command has " option)
	for (name in now) {
		known = 1
		if ((name, option) in has)
			return
	}
	for (name in above) {
		known = 1
		if ((name, option) in has)
			return
	}
	if (in_table && known)
		bad("no command of this row has " option)
}

FNR == NR {
	if ($0 ~ /^\t'[a-z -]*'\) opts='/) {
		split($0, part, "'")
		commands[part[2]]
		split(part[2], noun, " ")
		nouns[noun[1]]
		n = split(part[4], list, " ")
		for (i = 1; i <= n; i++) {
			has[part[2], list[i]]
			any[list[i]]
		}
	}
	next
}

/^(#|$)/ {
	in_table = 0
	split("", above)
}

{
	split("", now)
	n = split($0, code, "`")
	for (i = 2; i <= n; i += 2) {
		command = command_of(code[i])
		if (command)
			now[command]
		else if (code[i] ~ /^shvm [a-z]+ [a-z]+/ && code[i] !~ / [0-9]$/)
			bad("no such command: " code[i]) # "shvm pdk body 1" is a label
	}
	if ($0 ~ /^\| \*\*/) {
		in_table = 1
		split("", above)
		for (name in now)
			above[name]
	}
	for (i = 2; i <= n; i += 2) {
		command = command_of(code[i])
		if (!command && code[i] !~ /^\[?--/)
			continue # of another program
		gsub(/[\[\]|,=]/, " ", code[i])
		m = split(code[i], word, / +/)
		for (k = 1; k <= m; k++)
			if (word[k] ~ /^--[a-z]/)
				check_option(word[k], command)
	}
}

END { exit status }
