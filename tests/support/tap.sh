# What the scripts in tests/cli share; each sources it in a folder of its own.
# What a test prints goes to the file out, and errors, if apart, to err.
n=0

# result WHAT STATUS: one test, passed if STATUS is 0
result() {
	n=$((n + 1))
	if [ "$2" = 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		cat out err 2>/dev/null | sed 's/^/# /'
	fi
}

# skip WHAT WHY
skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# refuse STATUS TEXT ARGUMENT...: with them the script's attempt, whose outputs
# are no.* or no-*, ends so, with one error that has TEXT and without output
refuse() {
	status=$1 text=$2
	shift 2
	attempt "$@" >out 2>&1
	[ $? = "$status" ] && [ "$(grep -c error: out)" = 1 ] &&
		grep -q -e "$text" out &&
		[ -z "$(find . -name 'no[.-]*')" ]
	result "refused: $text" $?
}

# strontium_titanate: its cubic cell, as .xyz
strontium_titanate() {
	cat <<'END'
5
Lattice="3.9053 0 0 0 3.9053 0 0 0 3.9053" Properties=species:S:1:pos:R:3
Sr 0 0 0
Ti 1.95265 1.95265 1.95265
O 1.95265 1.95265 0
O 1.95265 0 1.95265
O 0 1.95265 1.95265
END
}

# find_numpy: the Python that has numpy, or nothing
find_numpy() {
	for p in python3 /usr/bin/python3; do
		if $p -c 'import numpy' 2>/dev/null; then
			echo $p
			return
		fi
	done
}

# compare WHAT: Python with numpy on standard input
compare() {
	: "${numpy=$(find_numpy)}"
	if [ "$numpy" ]; then
		$numpy - >out 2>&1
		result "$1" $?
	else
		cat >/dev/null
		skip "$1" 'no python3-numpy'
	fi
}
