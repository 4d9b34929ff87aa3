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
