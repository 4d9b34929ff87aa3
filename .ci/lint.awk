# lint.awk FILE...: complaints about our sources; paths are from the top.

# Each may use what is to its left. crystal is left of formats, whose readers
# return structures.
BEGIN {
	n = split("core tensor ipt crystal formats em measure nn net train study cli",
		module, " ")
	for (i = 1; i <= n; i++)
		rank[module[i]] = i
}

function say(text) { printf "%s:%d: %s\n", FILENAME, FNR, text }

function finish() {
	most = file ~ /^include\// ? 299 : 600
	if (lines > most)
		printf "%s: %d lines (at most %d)\n", file, lines, most
}

FNR == 1 { finish(); file = FILENAME; start = told = 0; split(file, dir, "/") }
{ lines = FNR }
END { finish() }

/[ \t]$/ { say("blanks at the end") }
{
	width = 0
	for (rest = $0; (i = index(rest, "\t")) > 0; rest = substr(rest, i + 1))
		width += i - 1 + 8 - (width + i - 1) % 8
	width += length(rest)
	if (width > 100)
		say(width " columns (at most 100)")
}

/^\{/ { start = FNR }
/^\}/ && start {
	if (FNR - start > 100)
		say("a function of " FNR - start " lines (at most 100)")
	start = 0
}

file ~ /^(src|backends)\/.*\.[ch]$/ && /^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	inc = quoted[2]
	while (sub(/^\.\.\//, "", inc))
		;
	if (split(inc, from, "/") < 2 || from[1] == dir[2] ||
			(dir[1] == "backends" && from[1] == "simd"))
		next
	if (!(from[1] in rank))
		say(quoted[2] " is of no module")
	else if (dir[1] == "backends" && from[1] != "core")
		say(quoted[2] ": backends see include/ and src/core only")
	else if (dir[2] == "cli")
		say(quoted[2] ": tools see public headers and cli.h only")
	else if (dir[1] == "src" && rank[from[1]] > rank[dir[2]])
		say(quoted[2] " is above " dir[2])
}

# a comment serves the block of lines below it, up to an empty line
/^$/ { told = 0 }
/\/\*/ { told = 1 }
file ~ /^include\// && /^[a-z].*[ *]ip_[a-z0-9_]+\(/ && !/^typedef/ && !told {
	say("no comment above this function")
}
